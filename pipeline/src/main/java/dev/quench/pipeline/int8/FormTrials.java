// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.QuenchException;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Metric;
import dev.quench.run.Progress;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Tries the forms of ONNX Runtime on one model: each is quantized, run in turn with the float
/// model on the same samples, and compared with it.
final class FormTrials {
  /// From the one with most in integers to the one with least.
  private static final List<QuantizedForm> FORMS =
      List.of(
          QuantizedForm.ONNX_RUNTIME,
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.WIDEST),
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.DEFAULT.withImages(false)),
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.WIDEST.withImages(false)),
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.DEFAULT.withJoins(false)),
          new QuantizedForm.Dynamic(NodeSelection.NONE),
          new QuantizedForm.Weights(NodeSelection.NONE));

  /// How long each form and the float model run together.
  private static final double BUDGET_MILLIS = 3000;

  private static final int FEWEST_RUNS = 15;
  private static final int MOST_RUNS = 400;
  private static final int WARM_UP_RUNS = 5;

  private final Model model;
  private final QuantizationRanges ranges;
  private final List<Batch> held;
  private final @Nullable Metric metric;
  private final Backend backend = Backends.named("onnxruntime");

  /// @param model float, prepared; not modified
  /// @param held one sample each, not those that the ranges come from; at least one
  /// @param metric what the samples are scored by; null for their fidelity alone
  FormTrials(Model model, QuantizationRanges ranges, List<Batch> held, @Nullable Metric metric) {
    this.model = model;
    this.ranges = ranges;
    this.held = held;
    this.metric = metric;
  }

  FormChoice run(FormChoice.Bound bound, Progress progress) {
    List<FormTrial> trials = new ArrayList<>();
    List<QuantizationReport> seen = new ArrayList<>();
    progress.begin("forms for onnxruntime", FORMS.size());
    try (Session exact = backend.open(model, SessionOptions.DEFAULT)) {
      for (QuantizedForm form : FORMS) {
        trials.add(trial(form, exact, seen));
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    return new FormChoice(trials, bound);
  }

  private FormTrial trial(QuantizedForm form, Session exact, List<QuantizationReport> seen) {
    Model quantized = model.copy();
    QuantizationReport report;
    try {
      report = form.insert(ranges, quantized);
    } catch (QuenchException e) {
      return new FormTrial.Left(form, String.valueOf(e.getMessage()));
    }
    if (report.layers().isEmpty()) {
      return new FormTrial.Left(form, "it leaves every layer float");
    }
    if (seen.contains(report)) {
      return new FormTrial.Left(form, "it equals one tried before");
    }
    seen.add(report);
    try (Session session = backend.open(quantized, SessionOptions.DEFAULT)) {
      double cosine = worstCosine(exact, session);
      OptionalDouble drop =
          metric == null
              ? OptionalDouble.empty()
              : OptionalDouble.of(score(metric, exact) - score(metric, session));
      double[] medians = medians(exact, session);
      return new FormTrial.Measured(form, quantized, report, medians[1], medians[0], cosine, drop);
    } catch (QuenchException e) {
      return new FormTrial.Left(form, String.valueOf(e.getMessage()));
    }
  }

  private double worstCosine(Session exact, Session session) {
    double worst = 1;
    for (Batch batch : held) {
      Map<String, Tensor> inputs = batch.inputs();
      worst = Math.min(worst, OutputCosine.worst(exact.run(inputs), session.run(inputs)));
    }
    return worst;
  }

  private double score(Metric judge, Session session) {
    Metric.Accumulator accumulator = judge.begin();
    held.forEach(batch -> accumulator.add(batch, session.run(batch.inputs())));
    return accumulator.scores().values().iterator().next();
  }

  /// @return of the float model and of the other, in milliseconds
  private double[] medians(Session exact, Session session) {
    for (int i = 0; i < WARM_UP_RUNS; i++) {
      millis(exact, i);
      millis(session, i);
    }
    double once = millis(exact, 0) + millis(session, 0);
    int runs = (int) Math.clamp(BUDGET_MILLIS / once, FEWEST_RUNS, MOST_RUNS);
    double[] floats = new double[runs];
    double[] integers = new double[runs];
    for (int i = 0; i < runs; i++) {
      floats[i] = millis(exact, i);
      integers[i] = millis(session, i);
    }
    Arrays.sort(floats);
    Arrays.sort(integers);
    return new double[] {floats[runs / 2], integers[runs / 2]};
  }

  private double millis(Session session, int index) {
    Map<String, Tensor> sample = held.get(index % held.size()).inputs();
    long start = System.nanoTime();
    session.run(sample);
    return (System.nanoTime() - start) / 1e6;
  }
}
