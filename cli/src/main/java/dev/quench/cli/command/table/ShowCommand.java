// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.table;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.OutlierRemarks;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TableHeader;
import dev.quench.calibration.table.TensorRange;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    say(table.hasHistograms() ? "histograms lie beside it" : "no histograms beside it");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tensor", "threshold", "scale", "min", "max", "method"));
    ObjectNode root = Json.object();
    root.put("method", header.method());
    root.put("modelDigest", header.modelDigest().orElse(""));
    root.put("uncalibrated", table.isUncalibrated());
    root.put("histograms", table.hasHistograms());
    root.put("samples", header.data().stream().mapToLong(CalibrationData::samples).sum());
    ArrayNode tensors = root.putArray("tensors");
    for (TensorRange range : table.entries()) {
      rows.add(
          List.of(
              range.name(),
              Text.format("%.6g", range.threshold()),
              Text.format("%.6g", range.scale()),
              Text.format("%.6g", range.extremes().min()),
              Text.format("%.6g", range.extremes().max()),
              range.method()));
      tensors
          .addObject()
          .put("name", range.name())
          .put("threshold", range.threshold())
          .put("scale", range.scale())
          .put("min", range.extremes().min())
          .put("max", range.extremes().max())
          .put("method", range.method());
    }
    Text.table(1, rows).forEach(this::say);
    OutlierRemarks.of(table).forEach(remark -> note("warning: " + remark));
    report(root);
  }
}
