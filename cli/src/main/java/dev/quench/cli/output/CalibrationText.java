// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Says what a calibration found and where it went.
public final class CalibrationText {
  private static final int MOST_RANGES = 20;

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
    chosenMethods(table).ifPresent(command::say);
    List<String> ranges = RangeList.lines(table);
    ranges.stream().limit(MOST_RANGES + 1).forEach(command::say);
    if (ranges.size() > MOST_RANGES + 1) {
      command.say(
          "and %d more; quench table show lists all".formatted(ranges.size() - MOST_RANGES - 1));
    }
    files.table().ifPresent(file -> command.say("table: " + file));
    files
        .cache()
        .ifPresent(file -> command.say("cache: " + file + " (TensorRT " + files.version() + ")"));
  }

  /// How many tensors each method was chosen for; empty if all have the method of the table.
  private static Optional<String> chosenMethods(CalibrationTable table) {
    Map<String, Long> tensors =
        table.entries().stream()
            .collect(
                Collectors.groupingBy(TensorRange::method, TreeMap::new, Collectors.counting()));
    if (tensors.keySet().equals(Set.of(table.header().method()))) {
      return Optional.empty();
    }
    return Optional.of(
        "chosen: "
            + tensors.entrySet().stream()
                .map(entry -> "%s for %d".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "))
            + "; quench table show names the tensors");
  }
}
