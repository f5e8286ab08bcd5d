// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.compress.quantize.AccuracyGoal;
import dev.quench.compress.quantize.QdqOptions;
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
import dev.quench.report.MetricScore;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What may be done so that a model keeps its accuracy in INT8. All of it looks at data.
public final class AccuracyOptions {
  private static final int SAMPLES = 8;
  private static final long SEED = 1;
  private static final int SCORE_BATCH = 64;

  @Option(
      names = "--min-cosine",
      paramLabel = "COSINE",
      description =
          "Leave the most sensitive layers float until every output keeps this cosine on the first samples of --data; for example 0.99.")
  private @Nullable Double minCosine;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description =
          "Leave the most sensitive layers float until top-1 on --data is at most this many points (hundredths) below that of the float model.")
  private @Nullable Double maxDrop;

  @Option(
      names = "--score-samples",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Samples of --data that --max-drop is judged on; default ${DEFAULT-VALUE}.")
  private long scoreSamples;

  @Option(
      names = "--equalize",
      description =
          "Balance the channels between layers first, so that one scale fits all of them; what the model computes stays the same.")
  private boolean equalize;

  @Option(
      names = "--adaptive-rounding",
      description =
          "Choose for each weight whether to round up or down by what it does to the layer's outputs; takes seconds to minutes a layer.")
  private boolean adaptiveRounding;

  @Option(
      names = "--bias-correction",
      description =
          "Take out of the biases by how much quantization moves the mean of each channel.")
  private boolean biasCorrection;

  private @Nullable List<Map<String, Tensor>> samples;

  /// Whether anything was asked for.
  public boolean needData() {
    return hasGoal() || equalize || adaptiveRounding || biasCorrection;
  }

  boolean hasGoal() {
    return minCosine != null || maxDrop != null;
  }

  public void check(QuenchCommand command, boolean dataGiven) {
    if (needData() && !dataGiven) {
      throw command.wrongUsage(
          "--min-cosine, --max-drop, --equalize, --adaptive-rounding and --bias-correction look at data: give --data");
    }
    if (minCosine != null && maxDrop != null) {
      throw command.wrongUsage("give either --min-cosine or --max-drop, not both");
    }
    if (minCosine != null && !(minCosine >= 0 && minCosine <= 1)) {
      throw command.wrongUsage("--min-cosine must be from 0 to 1, got " + minCosine);
    }
    if (maxDrop != null && !(maxDrop >= 0 && maxDrop <= 100)) {
      throw command.wrongUsage("--max-drop must be from 0 to 100 points, got " + maxDrop);
    }
    if (scoreSamples < 1) {
      throw command.wrongUsage("--score-samples must be 1 or more, got " + scoreSamples);
    }
  }

  /// Before ranges are found: they are those of the balanced model.
  public void equalize(Model model, @Nullable Dataset data, QuenchCommand command)
      throws IOException {
    if (!equalize || data == null) {
      return;
    }
    Set<String> tensors = EqualizeCrossLayers.tensors(model);
    boolean changed =
        !tensors.isEmpty()
            && EqualizeCrossLayers.balance(
                model, ChannelRanges.measure(backend(), model, tensors, samples(model, data)));
    command.say(
        changed
            ? "balanced the channels of %d tensors".formatted(tensors.size())
            : "no channels to balance between layers");
  }

  /// Finds the layers to leave float, where a goal was set.
  public Optional<Sensitivity> search(
      Model model,
      QuantizationRanges ranges,
      QdqOptions options,
      @Nullable Dataset data,
      QuenchCommand command)
      throws IOException {
    if (!hasGoal() || data == null) {
      return Optional.empty();
    }
    Sensitivity found =
        SensitivitySearch.using(backend())
            .options(options)
            .progress(command.progress())
            .search(model, ranges, samples(model, data), goal(model, data));
    command.say(
        "cosine %.4f on %d samples with %d layers left float for it"
            .formatted(found.cosine(), samples(model, data).size(), found.excludedNodes().size()));
    found
        .drop()
        .ifPresent(drop ->
            command.say(
                "top-1 %.2f points below the float model's on %d samples"
                    .formatted(100 * drop, Math.min(scoreSamples, data.size()))));
    return Optional.of(found);
  }

  /// Adds what was found to the options.
  public static QdqOptions without(QdqOptions options, Sensitivity found) {
    Set<String> excluded = new LinkedHashSet<>(options.excludedNodes());
    excluded.addAll(found.excludedNodes());
    return options.withExcludedNodes(excluded);
  }

  /// Whether [#refine] may change anything.
  public boolean refines() {
    return adaptiveRounding || biasCorrection;
  }

  /// After quantization.
  ///
  /// @return whether the goal, where there is one, still holds
  public boolean refine(Model model, Model quantized, @Nullable Dataset data, QuenchCommand command)
      throws IOException {
    if (data == null) {
      return true;
    }
    if (adaptiveRounding) {
      List<RoundedLayer> rounded =
          AdaptiveRounding.using(backend())
              .progress(command.progress())
              .round(model, quantized, samples(model, data));
      long better = rounded.stream().filter(each -> each.errorAfter() < each.errorBefore()).count();
      command.say("adaptive rounding: %d of %d layers improved".formatted(better, rounded.size()));
    }
    if (biasCorrection) {
      List<String> corrected =
          BiasCorrection.using(backend())
              .progress(command.progress())
              .correct(model, quantized, samples(model, data));
      command.say("bias correction: %d layers".formatted(corrected.size()));
    }
    return !refines() || !hasGoal() || holds(model, quantized, data, command);
  }

  /// Rounding and biases have changed what the search had judged.
  private boolean holds(Model model, Model quantized, Dataset data, QuenchCommand command)
      throws IOException {
    if (maxDrop != null) {
      MetricScore score = score(model, data);
      double drop = 100 * (score.of(model) - score.of(quantized));
      command.say(Text.format("afterwards top-1 is %.2f points below the float model's", drop));
      return drop <= maxDrop;
    }
    double worst = 1;
    try (Session expected = backend().open(model, SessionOptions.DEFAULT);
        Session actual = backend().open(quantized, SessionOptions.DEFAULT)) {
      for (Map<String, Tensor> sample : samples(model, data)) {
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
    command.say(Text.format("afterwards the cosine is %.4f", worst));
    return minCosine == null || worst >= minCosine;
  }

  private MetricScore score(Model model, Dataset data) {
    int batch = BatchSize.suited(ModelFile.inputs(model), data.axes(), SCORE_BATCH);
    return new MetricScore(backend(), data.sample(scoreSamples, SEED), batch, new TopK());
  }

  public boolean equalizes() {
    return equalize;
  }

  private AccuracyGoal goal(Model model, Dataset data) {
    if (maxDrop == null) {
      return new AccuracyGoal.MinCosine(minCosine == null ? 0 : minCosine);
    }
    return new AccuracyGoal.MaxDrop(score(model, data)::of, maxDrop / 100);
  }

  public String bound() {
    return maxDrop == null ? "cosine " + minCosine : maxDrop + " points";
  }

  private List<Map<String, Tensor>> samples(Model model, Dataset data) throws IOException {
    if (samples == null) {
      samples = Samples.of(data, model, SAMPLES);
    }
    return samples;
  }

  private static Backend backend() {
    return Backends.named("onnxruntime");
  }
}
