// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.trial;

import dev.quench.pipeline.heldback.OutputCosine;
import dev.quench.run.Metric;
import dev.quench.run.Session;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// What a variant of a model loses on some samples.
///
/// @param worstCosine of all outputs and samples, to the float model's outputs
/// @param drop what it loses of the metric's first score, 1 where one of the scores is not a
///   number; empty without a metric
public record OutputLoss(double worstCosine, OptionalDouble drop) {
  private static final double ALL = 1;

  /// Drops are rounded to 1 / STEPS.
  private static final double STEPS = 1e9;

  /// Runs both on every sample.
  ///
  /// @param metric what the samples are scored by; empty for their fidelity alone
  public static OutputLoss measure(
      Session exact, Session variant, List<Batch> samples, Optional<Metric> metric) {
    Optional<Metric.Accumulator> expected = metric.map(Metric::begin);
    Optional<Metric.Accumulator> actual = metric.map(Metric::begin);
    double worst = 1;
    for (Batch sample : samples) {
      Map<String, Tensor> wanted = exact.run(sample.inputs());
      Map<String, Tensor> got = variant.run(sample.inputs());
      worst = Math.min(worst, OutputCosine.worst(wanted, got));
      expected.ifPresent(each -> each.add(sample, wanted));
      actual.ifPresent(each -> each.add(sample, got));
    }
    if (metric.isEmpty()) {
      return new OutputLoss(worst, OptionalDouble.empty());
    }
    double drop = score(expected.orElseThrow()) - score(actual.orElseThrow());
    // One sample of 200 is 0.005 exactly: the bound must not fail by what subtraction adds.
    return new OutputLoss(
        worst, OptionalDouble.of(Double.isNaN(drop) ? ALL : Math.rint(drop * STEPS) / STEPS));
  }

  private static double score(Metric.Accumulator accumulator) {
    return accumulator.scores().values().iterator().next();
  }

  @Override
  public String toString() {
    return "worst cosine %.4f%s"
        .formatted(worstCosine, drop.isPresent() ? change(100 * drop.getAsDouble()) : "");
  }

  private static String change(double lost) {
    return lost < 0
        ? "; gains %.2f points".formatted(-lost)
        : "; loses %.2f points".formatted(lost);
  }
}
