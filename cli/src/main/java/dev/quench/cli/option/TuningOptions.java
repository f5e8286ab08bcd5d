// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.export.target.ExportTarget;
import dev.quench.pipeline.tune.TuningRecipe;
import dev.quench.pipeline.tune.plan.OnnxRuntimeTuning;
import dev.quench.pipeline.tune.plan.TensorRtTuning;
import dev.quench.pipeline.tune.plan.TuningTarget;
import dev.quench.run.Backends;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The search for the fastest quantization within a bound.
@OptionGroup("Tuning")
public final class TuningOptions {
  private static final List<String> OTHERS =
      List.of(
          "--tune-state",
          "--tune-budget",
          "--tune-samples",
          "--keep-best",
          "--metric",
          "--dictionary",
          "--per-class");

  @Option(
      names = "--tune",
      description =
          "Search, region by region, for what is fastest on --target within --min-cosine or --max-drop (default: a cosine of 0.9 and 1 point of the score); each variant is measured there in turn with FP32, on samples of --data. Where none is 2 %% faster than FP32, the model stays float.")
  private boolean tune;

  @Option(
      names = "--tune-state",
      paramLabel = "FILE",
      description =
          "Where measurements are kept (JSON); a search that was interrupted goes on from there. Default: OUT with .tune.json; the report lies beside it as .html.")
  private @Nullable Path state;

  @Option(
      names = "--tune-budget",
      paramLabel = "N",
      description = "Measure N quantized models at most; default ${DEFAULT-VALUE}.")
  private int budget = TuningRecipe.USUAL_BUDGET;

  @Option(
      names = "--tune-samples",
      paramLabel = "N",
      description =
          "Judge each on N samples at most; without --table they are the last ones, held back from calibration. Default ${DEFAULT-VALUE}.")
  private int samples = TuningRecipe.USUAL_SAMPLES;

  @Option(
      names = "--keep-best",
      description =
          "Where no variant reaches the bound, write the one that comes closest, if it is faster than FP32; the exit code stays 3.")
  private boolean keepBest;

  public boolean isGiven() {
    return tune;
  }

  /// @throws picocli.CommandLine.ParameterException if options do not go together
  public void check(QuenchCommand command) {
    for (String option : OTHERS) {
      if (!tune && command.isGiven(option)) {
        throw command.wrongUsage(option + " requires --tune");
      }
    }
    if (tune && command.isGiven("--score-samples")) {
      throw command.wrongUsage(
          "--score-samples cannot be combined with --tune; give --tune-samples");
    }
    if (budget < 1) {
      throw command.wrongUsage("--tune-budget must be 1 or more, got " + budget);
    }
    if (samples < 1) {
      throw command.wrongUsage("--tune-samples must be 1 or more, got " + samples);
    }
  }

  /// Where measurements are kept.
  ///
  /// @param output the quantized model
  public Path state(Path output) {
    return state != null ? state : output.resolveSibling(Text.stem(output) + ".tune.json");
  }

  /// Where the report goes.
  public Path page(Path output) {
    Path file = state(output);
    String name = String.valueOf(file.getFileName());
    return file.resolveSibling(
        (name.endsWith(".json") ? name.substring(0, name.length() - ".json".length()) : name)
            + ".html");
  }

  public int budget() {
    return budget;
  }

  public int samples() {
    return samples;
  }

  public boolean keepsBest() {
    return keepBest;
  }

  /// What to tune for; TensorRT where it is available, else ONNX Runtime, unless one is named.
  ///
  /// @throws CommandException if the target cannot be measured on
  public TuningTarget target(@Nullable ExportTarget named) {
    String name =
        named != null
            ? named.name()
            : Backends.named("tensorrt").availability().isAvailable() ? "tensorrt" : "onnxruntime";
    return switch (name) {
      case "onnxruntime" -> new OnnxRuntimeTuning();
      case "tensorrt", "tensorrt-10.15" -> new TensorRtTuning();
      default ->
          throw new CommandException(
              "--tune cannot measure on " + name + "; expected onnxruntime or tensorrt");
    };
  }
}
