// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.table;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.cli.converter.RangeMethodConverter;
import dev.quench.cli.option.CalibrationFileOptions;
import dev.quench.cli.option.MethodChoiceOptions;
import dev.quench.cli.output.CalibrationText;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Finds ranges by another method from stored histograms.
@Command(
    name = "reestimate",
    header = "Finds ranges by another method from stored histograms.",
    description = "Finds the ranges by another method from the histograms that lie beside a table.",
    footer = "  quench table reestimate calibration.json --method mse --table mse.json")
public final class ReestimateCommand extends QuenchCommand {
  @Parameters(
      paramLabel = "TABLE",
      description = "A table with histograms beside it (calibrate --histograms).")
  private Path source;

  @Option(
      names = "--method",
      paramLabel = "M",
      converter = RangeMethodConverter.class,
      description = RangeMethodConverter.DESCRIPTION)
  private @Nullable RangeMethod method;

  @Mixin private MethodChoiceOptions choice;

  @Mixin private CalibrationFileOptions output;

  @Override
  public void execute() throws IOException {
    CalibrationFiles files = output.files(false, this);
    boolean chooses = choice.isGiven(this);
    if (chooses && method != null) {
      throw wrongUsage("give --method or --choose-by-score, not both");
    }
    CalibrationTable read = CalibrationFiles.read(source);
    CalibrationTable chosen =
        chooses
            ? choice.choose(read, this)
            : read.reestimated(method == null ? RangeMethod.entropy() : method);
    CalibrationText.print(files.write(chosen), false, files, this);
  }
}
