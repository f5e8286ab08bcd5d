// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.graph.Model;
import dev.quench.run.Backends;
import dev.quench.run.Progress;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// How ranges are found.
public final class CalibrationOptions {
  private static final int BATCH = 32;

  @Option(
      names = "--method",
      paramLabel = "M",
      defaultValue = "entropy",
      converter = MethodConverter.class,
      description =
          "auto (the best of all for each tensor, by signal to noise), entropy, entropy:tensorrt, mse, minmax, minmax:average, percentile or percentile:P; default ${DEFAULT-VALUE}.")
  private RangeMethod method;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Samples a call; changes speed and memory, not the ranges. Default 32, or what the model fixes.")
  private @Nullable Integer batchSize;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads; changes speed, not the ranges. Default: up to two.")
  private @Nullable Integer threads;

  @Option(
      names = "--accept-non-finite",
      description =
          "Leave NaN and infinities out of the ranges and count them; else they are an error.")
  private boolean acceptNonFinite;

  public RangeMethod method() {
    return method;
  }

  /// Finds the ranges of what quantization needs of `model`, which must be prepared.
  public CalibrationTable calibrate(
      Model model, Dataset data, QuenchCommand command, Progress progress) throws IOException {
    Set<String> tensors = QdqPlacement.tensors(model);
    NothingToQuantize.check(model, tensors);
    return calibrator(model, data, command, progress).calibrate(model, tensors, data);
  }

  /// Set up with all options.
  public Calibrator calibrator(
      Model model, Dataset data, QuenchCommand command, Progress progress) {
    if ((batchSize != null && batchSize < 1) || (threads != null && threads < 1)) {
      throw command.wrongUsage("--batch-size and --threads must be 1 or more");
    }
    return Calibrator.using(Backends.named("onnxruntime"))
        .method(method)
        .batchSize(
            batchSize == null
                ? BatchSize.suited(ModelFile.inputs(model), data.axes(), BATCH)
                : batchSize)
        .threads(threads == null ? SessionOptions.DEFAULT.threads() : threads)
        .acceptNonFinite(acceptNonFinite)
        .preprocessing(preprocessing(data))
        .progress(progress);
  }

  /// What tables record of how samples were made.
  public static String preprocessing(Dataset data) {
    return data.preprocessing().orElse("");
  }

  /// Turns what is no method into wrong usage.
  static final class MethodConverter implements ITypeConverter<RangeMethod> {
    @Override
    public RangeMethod convert(String text) {
      try {
        return RangeMethod.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
