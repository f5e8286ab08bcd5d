// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.pipeline.calibrate.CalibrationFiles;

/// Says what a calibration found and where it went.
public final class CalibrationText {
  private CalibrationText() {}

  /// @param reused whether the table was there already
  public static void print(
      CalibrationTable table, boolean reused, CalibrationFiles files, QuenchCommand command) {
    ObjectNode root = RangeList.json(table);
    root.put("reused", reused);
    files.table().ifPresent(file -> root.put("table", file.toString()));
    files.cache().ifPresent(file -> root.put("cache", file.toString()));
    RangeList.warn(table, command);
    command.report(root);
    command.say(
        "%d tensors by %s%s%s"
            .formatted(
                table.entries().size(),
                table.header().method(),
                table.isUncalibrated() ? ", UNCALIBRATED (random data)" : "",
                reused ? ", reused" : ""));
    files.table().ifPresent(file -> command.say("table: " + file));
    files
        .cache()
        .ifPresent(file -> command.say("cache: " + file + " (TensorRT " + files.version() + ")"));
  }
}
