// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.trial.OutputLoss;
import dev.quench.pipeline.trial.PairedLatency;
import dev.quench.pipeline.tune.plan.Pattern;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.QuantizableNode;
import dev.quench.pipeline.tune.plan.Region;
import dev.quench.pipeline.tune.plan.TuningSpace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/// A runtime by rule: each node takes one unit of time in float, and what is given in integers;
/// each node in integers costs what is given of the cosine. It counts what it is asked for.
final class CostModel implements PlanMeasurer {
  private final TuningSpace space;
  private final Map<String, Double> times;
  private final Map<String, Double> losses;
  private final double usualTime;
  private final List<String> measured = new ArrayList<>();
  private double slowdownOfConfirmations = 1;
  private int failsAfter = Integer.MAX_VALUE;

  /// @param usualTime of a node in integers
  CostModel(
      TuningSpace space, double usualTime, Map<String, Double> times, Map<String, Double> losses) {
    this.space = space;
    this.usualTime = usualTime;
    this.times = times;
    this.losses = losses;
  }

  /// Confirming finds all plans slower by this factor.
  CostModel confirmingSlower(double factor) {
    slowdownOfConfirmations = factor;
    return this;
  }

  /// As a machine that stops then.
  CostModel failingAfter(int measurements) {
    failsAfter = measurements;
    return this;
  }

  /// Codes of the plans measured, in order, confirmations too.
  List<String> measured() {
    return measured;
  }

  @Override
  public TuningPoint measure(Plan plan, double line) throws IOException {
    return judge(plan, 1);
  }

  @Override
  public TuningPoint confirm(Plan plan) throws IOException {
    return judge(plan, slowdownOfConfirmations);
  }

  private TuningPoint judge(Plan plan, double factor) throws IOException {
    if (measured.size() >= failsAfter) {
      throw new IOException("stopped");
    }
    measured.add(plan.code());
    Set<String> floats = new TreeSet<>(space.choices(plan).floats());
    double all = 0;
    double time = 0;
    double cosine = 1;
    int layers = 0;
    for (Pattern pattern : space.patterns()) {
      for (Region region : pattern.regions()) {
        for (QuantizableNode node : region.nodes()) {
          all++;
          if (floats.contains(node.name())) {
            time++;
          } else {
            time += times.getOrDefault(node.name(), usualTime);
            cosine -= losses.getOrDefault(node.name(), 0.0);
            layers++;
          }
        }
      }
    }
    return new TuningPoint.Measured(
        plan,
        new PairedLatency(all, time * factor, time * factor / all),
        new OutputLoss(cosine, OptionalDouble.empty()),
        layers,
        String.join(" ", floats));
  }
}
