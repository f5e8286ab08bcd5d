// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.table;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.cli.option.CalibrationFileOptions;
import dev.quench.cli.option.MethodChoiceOptions;
import dev.quench.cli.output.CalibrationText;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Merges the tables of parts of the data.
@Command(
    name = "merge",
    header = "Merges the tables of parts of the data.",
    description =
        "Merges the tables of parts of the data into the table that one run over all of it gives. All methods but minmax need "
            + "the histograms beside the tables (calibrate --histograms), and so does --choose-by-score, which judges the methods once, "
            + "on the ranges of the whole.",
    footer = {
      "  quench table merge part1.json part2.json --table calibration.json \\",
      "      --cache calibration.cache"
    })
public final class MergeCommand extends QuenchCommand {
  @Parameters(
      paramLabel = "TABLE",
      arity = "2..*",
      description = "Tables of one model and one method.")
  private List<Path> tables;

  @Mixin private MethodChoiceOptions choice;

  @Mixin private CalibrationFileOptions output;

  @Override
  public void execute() throws IOException {
    CalibrationFiles files = output.files(false, this);
    boolean chooses = choice.isGiven(this);
    CalibrationTable merged = CalibrationFiles.merge(tables);
    CalibrationTable chosen = chooses ? choice.choose(merged, this) : merged;
    CalibrationText.print(files.write(chosen), false, files, this);
  }
}
