// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.compress.quantize.AccuracyGoal;
import dev.quench.compress.quantize.QuantizationScheme;
import dev.quench.compress.quantize.Sensitivity;
import dev.quench.compress.quantize.SensitivitySearch;
import dev.quench.compress.quantize.refine.AdaptiveRounding;
import dev.quench.compress.quantize.refine.AdaptiveRounding.RoundedLayer;
import dev.quench.compress.quantize.refine.BiasCorrection;
import dev.quench.compress.quantize.refine.ChannelRanges;
import dev.quench.compress.quantize.refine.EqualizeCrossLayers;
import dev.quench.eval.TensorComparison;
import dev.quench.graph.Model;
import dev.quench.metric.classification.TopK;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.Samples;
import dev.quench.report.MetricScore;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Carries out an [AccuracyPolicy] on one model: before ranges are found, before quantization and
/// after it.
final class AccuracyKeeping {
  private static final int SAMPLES = 8;
  private static final long SEED = 1;
  private static final int SCORE_BATCH = 64;

  private final AccuracyPolicy policy;
  private final Model model;
  private final Dataset data;
  private final List<Map<String, Tensor>> samples;
  private final RecipeListener listener;
  private final Backend backend = Backends.named("onnxruntime");

  /// @param model prepared, float
  AccuracyKeeping(AccuracyPolicy policy, Model model, Dataset data, RecipeListener listener)
      throws IOException {
    this.policy = policy;
    this.model = model;
    this.data = data;
    this.samples = Samples.of(data, model, SAMPLES);
    this.listener = listener;
  }

  /// Balances channels, where asked; ranges are those of the balanced model.
  void equalize() {
    if (!policy.equalize()) {
      return;
    }
    Set<String> tensors = EqualizeCrossLayers.tensors(model);
    boolean changed =
        !tensors.isEmpty()
            && EqualizeCrossLayers.balance(
                model, ChannelRanges.measure(backend, model, tensors, samples));
    listener.result(
        changed
            ? "balanced the channels of %d tensors".formatted(tensors.size())
            : "no channels to balance between layers");
  }

  /// Moves large features into weights, where asked; ranges are those of the model afterwards.
  void smooth() {
    if (!(policy.smoothing() instanceof Smoothing.By(OptionalDouble alpha))) {
      return;
    }
    ActivationSmoothing.apply(model, samples, alpha, listener);
  }

  /// Finds the layers that must stay float to keep a given bound.
  Optional<Sensitivity> search(QuantizationRanges ranges, QuantizationScheme scheme)
      throws IOException {
    Optional<AccuracyGoal> goal =
        switch (policy.bound()) {
          case AccuracyBound.None() -> Optional.empty();
          case AccuracyBound.MinCosine(double cosine) ->
              Optional.of(new AccuracyGoal.MinCosine(cosine));
          case AccuracyBound.MaxDrop(double points, long count) ->
              Optional.of(new AccuracyGoal.MaxDrop(score(count)::of, points / 100));
        };
    if (goal.isEmpty()) {
      return Optional.empty();
    }
    Sensitivity found =
        SensitivitySearch.using(backend)
            .scheme(scheme)
            .progress(listener.progress())
            .search(model, ranges, samples, goal.get());
    say(
        "cosine %.4f on %d samples with %d layers left float for it",
        found.cosine(), samples.size(), found.excludedNodes().size());
    if (found.drop().isPresent() && policy.bound() instanceof AccuracyBound.MaxDrop drop) {
      say(
          "top-1 %.2f points below the float model's on %d samples",
          100 * found.drop().getAsDouble(), Math.min(drop.samples(), data.size()));
    }
    return Optional.of(found);
  }

  /// Rounds weights and corrects biases, where asked.
  ///
  /// @param exact the model before quantization
  /// @param quantized changed in place
  /// @return whether the bound still holds; true without a bound
  boolean refine(Model exact, Model quantized) throws IOException {
    if (policy.adaptiveRounding()) {
      List<RoundedLayer> rounded =
          AdaptiveRounding.using(backend)
              .progress(listener.progress())
              .round(exact, quantized, samples);
      long better = rounded.stream().filter(each -> each.errorAfter() < each.errorBefore()).count();
      say("adaptive rounding: %d of %d layers improved", better, rounded.size());
    }
    if (policy.biasCorrection()) {
      List<String> corrected =
          BiasCorrection.using(backend)
              .progress(listener.progress())
              .correct(exact, quantized, samples);
      say("bias correction: %d layers", corrected.size());
    }
    return !policy.refines() || holds(exact, quantized);
  }

  /// Rounding and biases have changed what the search had judged.
  private boolean holds(Model exact, Model quantized) throws IOException {
    return switch (policy.bound()) {
      case AccuracyBound.None() -> true;
      case AccuracyBound.MinCosine(double wanted) -> {
        double cosine = cosine(exact, quantized);
        say("afterwards the cosine is %.4f", cosine);
        yield cosine >= wanted;
      }
      case AccuracyBound.MaxDrop(double points, long count) -> {
        MetricScore score = score(count);
        double drop = 100 * (score.of(exact) - score.of(quantized));
        say("afterwards top-1 is %.2f points below the float model's", drop);
        yield drop <= points;
      }
    };
  }

  /// The worst of all outputs.
  private double cosine(Model exact, Model quantized) {
    double worst = 1;
    try (Session expected = backend.open(exact, SessionOptions.DEFAULT);
        Session actual = backend.open(quantized, SessionOptions.DEFAULT)) {
      for (Map<String, Tensor> sample : samples) {
        Map<String, Tensor> wanted = expected.run(sample);
        Map<String, Tensor> got = actual.run(sample);
        for (Map.Entry<String, Tensor> output : wanted.entrySet()) {
          if (output.getValue().dataType().isFloating()) {
            Tensor other = Objects.requireNonNull(got.get(output.getKey()));
            worst = Math.min(worst, TensorComparison.of(output.getValue(), other).cosine());
          }
        }
      }
    }
    return worst;
  }

  private MetricScore score(long count) {
    int batch = ModelInputs.of(model).batchSize(data.axes(), SCORE_BATCH);
    return new MetricScore(backend, data.sample(count, SEED), batch, new TopK());
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private void say(String pattern, Object... arguments) {
    listener.result(String.format(Locale.ROOT, pattern, arguments));
  }
}
