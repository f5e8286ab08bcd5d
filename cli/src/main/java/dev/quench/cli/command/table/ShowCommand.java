// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.table;

import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TableHeader;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.RangeList;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Shows what a table holds.
@Command(
    name = "show",
    header = "Shows the ranges of a table and what it was made from.",
    description =
        "Shows the ranges of a table, and the model, data and method that it was made from.",
    footer = "  quench table show calibration.json")
public final class ShowCommand extends QuenchCommand {
  @Parameters(paramLabel = "TABLE", description = "A calibration table.")
  private Path file;

  @Override
  public void execute() throws IOException {
    CalibrationTable table = CalibrationFiles.read(file);
    TableHeader header = table.header();
    say("method %s, model %s".formatted(header.method(), header.modelDigest().orElse("unknown")));
    if (table.isUncalibrated()) {
      say("UNCALIBRATED (random data)");
    }
    for (CalibrationData part : header.data()) {
      say("%d samples of %s".formatted(part.samples(), part.description()));
    }
    say(table.hasHistograms() ? "histograms beside it" : "no histograms beside it");
    RangeList.lines(table).forEach(this::say);
    RangeList.warn(table, this);
    report(RangeList.json(table).put("histograms", table.hasHistograms()));
  }
}
