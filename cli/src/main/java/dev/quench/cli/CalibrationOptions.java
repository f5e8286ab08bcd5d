// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.calibration.CalibrationTable;
import dev.quench.calibration.Calibrator;
import dev.quench.calibration.RangeMethod;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.data.Dataset;
import dev.quench.eval.Backends;
import dev.quench.graph.Model;
import dev.quench.run.Progress;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// How ranges are found.
final class CalibrationOptions {
  private static final int BATCH = 32;

  @Option(
      names = "--method",
      paramLabel = "M",
      defaultValue = "entropy",
      converter = MethodConverter.class,
      description =
          "entropy, minmax, percentile or percentile:P with P up to 100; default ${DEFAULT-VALUE}.")
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

  RangeMethod method() {
    return method;
  }

  /// Finds the ranges of what quantization needs of `model`, which must be prepared.
  CalibrationTable calibrate(Model model, Dataset data, QuenchCommand command, Progress progress)
      throws IOException {
    if ((batchSize != null && batchSize < 1) || (threads != null && threads < 1)) {
      throw command.wrongUsage("--batch-size and --threads must be 1 or more");
    }
    return calibrator(
            method,
            batchSize == null ? BatchSize.suited(ModelFile.inputs(model), BATCH) : batchSize,
            progress)
        .threads(threads == null ? SessionOptions.DEFAULT.threads() : threads)
        .calibrate(model, QdqPlacement.tensors(model), data);
  }

  static Calibrator calibrator(RangeMethod method, int batchSize, Progress progress) {
    return Calibrator.using(Backends.named("onnxruntime"))
        .method(method)
        .batchSize(batchSize)
        .progress(progress);
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
