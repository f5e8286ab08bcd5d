// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.cli.converter.RangeMethodConverter;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.run.SessionOptions;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How ranges are found.
@OptionGroup("Calibration")
public final class CalibrationOptions {
  @Option(
      names = "--method",
      paramLabel = "M",
      converter = RangeMethodConverter.class,
      description = RangeMethodConverter.DESCRIPTION)
  private @Nullable RangeMethod method;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Batch size; affects speed and memory, not the ranges. Default 32, or the model's own.")
  private @Nullable Integer batchSize;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads; affects speed, not the ranges. Default: up to two.")
  private @Nullable Integer threads;

  @Option(
      names = "--accept-non-finite",
      description = "Leave NaN and infinities out of the ranges and count them; default: an error.")
  private boolean acceptNonFinite;

  public boolean isMethodGiven() {
    return method != null;
  }

  public CalibrationSettings settings(QuenchCommand command) {
    if ((batchSize != null && batchSize < 1) || (threads != null && threads < 1)) {
      throw command.wrongUsage("--batch-size and --threads must be 1 or more");
    }
    return new CalibrationSettings(
        method == null ? RangeMethod.entropy() : method,
        batchSize == null ? OptionalInt.empty() : OptionalInt.of(batchSize),
        threads == null ? SessionOptions.DEFAULT.threads() : threads,
        acceptNonFinite);
  }
}
