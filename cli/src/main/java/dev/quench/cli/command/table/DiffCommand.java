// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.table;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TableDiff;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.pipeline.CheckFailedException;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Says what differs between two tables.
@Command(
    name = "diff",
    header = "Says what differs between two tables.",
    description = "Says what differs between two tables; exits with 3 when thresholds do.",
    footer = "  quench table diff old.json new.json")
public final class DiffCommand extends QuenchCommand {
  @Parameters(index = "0", paramLabel = "A", description = "The first table.")
  private Path first;

  @Parameters(index = "1", paramLabel = "B", description = "The second table.")
  private Path second;

  @Override
  public void execute() throws IOException {
    TableDiff found = TableDiff.of(CalibrationTable.read(first), CalibrationTable.read(second));
    found.toString().lines().forEach(this::say);
    ObjectNode root = Json.object().put("equal", found.equal());
    ArrayNode changes = root.putArray("changes");
    found
        .changes()
        .forEach(change ->
            changes
                .addObject()
                .put("name", change.name())
                .put("first", change.first())
                .put("second", change.second())
                .put("ratio", change.ratio()));
    ArrayNode onlyInFirst = root.putArray("onlyInFirst");
    found.onlyInFirst().forEach(onlyInFirst::add);
    ArrayNode onlyInSecond = root.putArray("onlyInSecond");
    found.onlyInSecond().forEach(onlyInSecond::add);
    report(root);
    if (!found.isEmpty()) {
      throw new CheckFailedException("the tables differ");
    }
  }
}
