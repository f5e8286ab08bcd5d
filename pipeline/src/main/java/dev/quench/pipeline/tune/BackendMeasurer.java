// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.QuenchException;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.trial.OutputLoss;
import dev.quench.pipeline.trial.PairedLatency;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.TuningSpace;
import dev.quench.run.Backend;
import dev.quench.run.Metric;
import dev.quench.run.Precision;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Quantizes by the plan and runs the result in turn with the float model on the target's backend.
final class BackendMeasurer implements PlanMeasurer, AutoCloseable {
  /// How long variant and float model run together in one round.
  private static final double ROUND_MILLIS = 2000;

  private static final double CONFIRMING_MILLIS = 3000;

  /// Rounds near the line, and rounds that confirm; of an odd number the median is one of them.
  private static final int ROUNDS = 3;

  /// What medians vary by where other programs run too.
  private static final double NOISE = 0.03;

  private final Model model;
  private final TuningSpace space;
  private final QuantizationRanges ranges;
  private final List<Batch> samples;
  private final Optional<Metric> metric;
  private final Backend backend;
  private final Session exact;
  private final Map<String, TuningPoint.Measured> byForm = new HashMap<>();

  /// @param model float, prepared; not modified
  /// @param samples one or more
  BackendMeasurer(
      Model model,
      TuningSpace space,
      QuantizationRanges ranges,
      List<Batch> samples,
      Optional<Metric> metric,
      Backend backend) {
    this.model = model;
    this.space = space;
    this.ranges = ranges;
    this.samples = List.copyOf(samples);
    this.metric = metric;
    this.backend = backend;
    this.exact = backend.open(model, SessionOptions.DEFAULT.withPrecision(Precision.FP32));
  }

  /// Plans that come to the same model as this one are not measured.
  void know(TuningPoint.Measured point) {
    byForm.put(point.form(), point);
  }

  @Override
  public TuningPoint measure(Plan plan, double line) {
    return judge(plan, line, false);
  }

  @Override
  public TuningPoint confirm(Plan plan) {
    return judge(plan, 0, true);
  }

  private TuningPoint judge(Plan plan, double line, boolean confirming) {
    Model quantized = model.copy();
    QuantizationReport report;
    try {
      report = space.target().insert(ranges, space.choices(plan), quantized);
    } catch (QuenchException e) {
      return new TuningPoint.Refused(plan, String.valueOf(e.getMessage()));
    }
    if (report.layers().isEmpty()) {
      return new TuningPoint.Refused(plan, "it leaves every layer float");
    }
    String form = ModelDigest.of(quantized);
    TuningPoint.Measured known = byForm.get(form);
    if (known != null && !confirming) {
      return new TuningPoint.Measured(plan, known.latency(), known.loss(), known.layers(), form);
    }
    SessionOptions options = SessionOptions.DEFAULT.withPrecision(space.target().precision());
    try (Session session = backend.open(quantized, options)) {
      OutputLoss loss = OutputLoss.measure(exact, session, samples, metric);
      PairedLatency latency = confirming ? confirmed(session) : latency(session, line);
      TuningPoint.Measured point =
          new TuningPoint.Measured(plan, latency, loss, report.layers().size(), form);
      know(point);
      return point;
    } catch (QuenchException e) {
      return new TuningPoint.Refused(plan, String.valueOf(e.getMessage()));
    }
  }

  private PairedLatency latency(Session session, double line) {
    List<PairedLatency> rounds = new ArrayList<>();
    rounds.add(PairedLatency.measure(exact, session, samples, ROUND_MILLIS));
    while (rounds.size() < ROUNDS
        && (isNear(median(rounds), line) || isNear(median(rounds), LossBound.LARGEST_RATIO))) {
      rounds.add(PairedLatency.measure(exact, session, samples, ROUND_MILLIS));
    }
    return median(rounds);
  }

  private PairedLatency confirmed(Session session) {
    List<PairedLatency> rounds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      rounds.add(PairedLatency.measure(exact, session, samples, CONFIRMING_MILLIS));
    }
    return median(rounds);
  }

  private static boolean isNear(PairedLatency latency, double line) {
    return Math.abs(latency.ratio() - line) <= NOISE * line;
  }

  /// By time against FP32; of two the slower one.
  private static PairedLatency median(List<PairedLatency> rounds) {
    return rounds.stream()
        .sorted(Comparator.comparingDouble(PairedLatency::ratio))
        .skip(rounds.size() / 2)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    exact.close();
  }
}
