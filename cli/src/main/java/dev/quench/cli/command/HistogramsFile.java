// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.calibration.table.CalibrationTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where the histograms of a calibration table lie: beside it, `calibration.histograms` for
/// `calibration.json`.
final class HistogramsFile {
  private HistogramsFile() {}

  static Path of(Path table) {
    String name = String.valueOf(table.getFileName());
    String stem = name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
    return table.resolveSibling(stem + ".histograms");
  }

  /// Reads a table, with its histograms where they are.
  static CalibrationTable readTable(Path table) throws IOException {
    return attach(CalibrationTable.read(table), table);
  }

  /// Adds the histograms that lie beside a table, where they are.
  static CalibrationTable attach(CalibrationTable read, Path table) throws IOException {
    Path file = of(table);
    return Files.exists(file) ? read.withHistograms(file) : read;
  }
}
