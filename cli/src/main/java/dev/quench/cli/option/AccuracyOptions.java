// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.pipeline.quantize.AccuracyBound;
import dev.quench.pipeline.quantize.AccuracyPolicy;
import dev.quench.pipeline.quantize.Smoothing;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What may be done so that a model keeps its accuracy in INT8. All of it looks at data.
@OptionGroup("Accuracy")
public final class AccuracyOptions {
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
      names = "--smooth",
      description =
          "Move large features from the inputs of products into their weights first (SmoothQuant, for transformers); what the model computes stays the same.")
  private boolean smooth;

  @Option(
      names = "--smooth-alpha",
      paramLabel = "ALPHA",
      description =
          "As --smooth, with this share moved, 0 to 1; default: for each tensor the one with the least expected rounding noise.")
  private @Nullable Double smoothAlpha;

  @Option(
      names = "--adaptive-rounding",
      description =
          "Round each weight up or down by its effect on the layer's outputs; takes seconds to minutes a layer.")
  private boolean adaptiveRounding;

  @Option(
      names = "--bias-correction",
      description = "Correct the biases by how far quantization moves the mean of each channel.")
  private boolean biasCorrection;

  /// What was asked for.
  public AccuracyPolicy policy() {
    return new AccuracyPolicy(bound(), equalize, smoothing(), adaptiveRounding, biasCorrection);
  }

  private Smoothing smoothing() {
    if (smoothAlpha != null) {
      return new Smoothing.By(OptionalDouble.of(smoothAlpha));
    }
    return smooth ? new Smoothing.By(OptionalDouble.empty()) : new Smoothing.None();
  }

  private AccuracyBound bound() {
    if (minCosine != null) {
      return new AccuracyBound.MinCosine(minCosine);
    }
    return maxDrop == null
        ? new AccuracyBound.None()
        : new AccuracyBound.MaxDrop(maxDrop, scoreSamples);
  }

  /// Whether anything was asked for.
  public boolean needsData() {
    return minCosine != null
        || maxDrop != null
        || changesRanges()
        || adaptiveRounding
        || biasCorrection;
  }

  public void check(QuenchCommand command, boolean dataGiven) {
    if (needsData() && !dataGiven) {
      throw command.wrongUsage(
          "--min-cosine, --max-drop, --equalize, --smooth, --adaptive-rounding and --bias-correction require --data");
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
    if (smoothAlpha != null && !(smoothAlpha >= 0 && smoothAlpha <= 1)) {
      throw command.wrongUsage("--smooth-alpha must be from 0 to 1, got " + smoothAlpha);
    }
    if (scoreSamples < 1) {
      throw command.wrongUsage("--score-samples must be 1 or more, got " + scoreSamples);
    }
  }

  /// Whether the model changes before ranges are found.
  public boolean changesRanges() {
    return equalize || smooth || smoothAlpha != null;
  }

  /// Whether weights, biases or channels are changed.
  public boolean changesNumbers() {
    return changesRanges() || adaptiveRounding || biasCorrection;
  }
}
