// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.QuenchException;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.trial.OutputLoss;
import dev.quench.pipeline.trial.PairedLatency;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Metric;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tries the forms of ONNX Runtime on one model: each is quantized, run in turn with the float
/// model on the same samples, and compared with it.
final class FormTrials {
  /// How long each form and the float model run together.
  private static final double BUDGET_MILLIS = 3000;

  private final FloatModel original;
  private final Optional<FloatModel> smoothed;
  private final List<Batch> held;
  private final @Nullable Metric metric;
  private final Backend backend = Backends.named("onnxruntime");

  /// @param smoothed that computes the same with smaller activations, where there is one
  /// @param held one sample each, not those that the ranges come from; at least one
  /// @param metric what the samples are scored by; null for their fidelity alone
  FormTrials(
      FloatModel original,
      Optional<FloatModel> smoothed,
      List<Batch> held,
      @Nullable Metric metric) {
    this.original = original;
    this.smoothed = smoothed;
    this.held = held;
    this.metric = metric;
  }

  FormChoice run(LossBound bound, FormPreference preference, Progress progress) {
    List<FormVariant> variants = variants(preference);
    List<FormTrial> trials = new ArrayList<>();
    List<QuantizationReport> seen = new ArrayList<>();
    List<QuantizationReport> seenSmoothed = new ArrayList<>();
    progress.begin("forms for onnxruntime", variants.size());
    try (Session exact = backend.open(original.model(), SessionOptions.DEFAULT)) {
      for (FormVariant variant : variants) {
        trials.add(trial(variant, exact, variant.smoothed() ? seenSmoothed : seen));
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    return new FormChoice(trials, bound, preference);
  }

  /// Smoothing changes what activations lose, so forms of weights alone have no use for it.
  private List<FormVariant> variants(FormPreference preference) {
    List<FormVariant> variants = new ArrayList<>();
    for (QuantizedForm form : preference.forms()) {
      variants.add(new FormVariant(form, false));
    }
    if (smoothed.isPresent()) {
      for (QuantizedForm form : preference.forms()) {
        if (form instanceof QuantizedForm.OnnxRuntime || form instanceof QuantizedForm.Dynamic) {
          variants.add(new FormVariant(form, true));
        }
      }
    }
    return variants;
  }

  private FormTrial trial(FormVariant variant, Session exact, List<QuantizationReport> seen) {
    FloatModel source = variant.smoothed() ? smoothed.orElseThrow() : original;
    QuantizedForm form = variant.form();
    Model quantized = source.model().copy();
    QuantizationReport report;
    try {
      report = form.insert(source.ranges(), quantized);
    } catch (QuenchException e) {
      return new FormTrial.Left(variant, String.valueOf(e.getMessage()));
    }
    if (report.layers().isEmpty()) {
      return new FormTrial.Left(variant, "it leaves every layer float");
    }
    // Forms without ranges differ in how they store the same layers.
    if (form.scheme().isPresent() && seen.contains(report)) {
      return new FormTrial.Left(variant, "it equals one tried before");
    }
    seen.add(report);
    try (Session session = backend.open(quantized, SessionOptions.DEFAULT)) {
      OutputLoss loss = OutputLoss.measure(exact, session, held, Optional.ofNullable(metric));
      PairedLatency latency = PairedLatency.measure(exact, session, held, BUDGET_MILLIS);
      return new FormTrial.Measured(
          variant,
          quantized,
          report,
          latency.millis(),
          latency.floatMillis(),
          loss.worstCosine(),
          loss.drop());
    } catch (QuenchException e) {
      return new FormTrial.Left(variant, String.valueOf(e.getMessage()));
    }
  }
}
