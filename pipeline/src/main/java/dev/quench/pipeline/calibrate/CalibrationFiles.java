// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.run.CalibrationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where the results of a calibration go. Histograms lie beside their table:
/// `calibration.histograms` for `calibration.json`.
///
/// @param table in JSON
/// @param cache the text cache of TensorRT up to version 10
/// @param version of TensorRT in the cache's first line
/// @param histograms whether they are kept, for merging and for other methods; needs a table
public record CalibrationFiles(
    Optional<Path> table, Optional<Path> cache, TensorRtVersion version, boolean histograms) {
  /// Nothing is kept.
  public static final CalibrationFiles NONE =
      new CalibrationFiles(Optional.empty(), Optional.empty(), TensorRtVersion.BUNDLED, false);

  /// @throws IllegalArgumentException if histograms are to be kept without a table
  public CalibrationFiles {
    if (histograms && table.isEmpty()) {
      throw new IllegalArgumentException("histograms lie beside a table; name one");
    }
  }

  /// `calibration.json`, its histograms and `calibration.cache` in one folder.
  public static CalibrationFiles in(Path folder) {
    return new CalibrationFiles(
        Optional.of(folder.resolve("calibration.json")),
        Optional.of(folder.resolve("calibration.cache")),
        TensorRtVersion.BUNDLED,
        true);
  }

  /// Where the histograms of a table lie.
  public static Path histogramsOf(Path table) {
    String name = String.valueOf(table.getFileName());
    String stem = name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
    return table.resolveSibling(stem + ".histograms");
  }

  /// Reads a table, with its histograms where they lie beside it.
  ///
  /// @throws CalibrationException if a file is damaged or the histograms belong to another table
  public static CalibrationTable read(Path table) throws IOException {
    CalibrationTable read = CalibrationTable.read(table);
    Path beside = histogramsOf(table);
    return Files.exists(beside) ? read.withHistograms(beside) : read;
  }

  /// Reads and merges the tables of several parts of the data.
  ///
  /// @param tables one or more, of one model and method
  /// @throws CalibrationException if they do not go together, naming what differs
  public static CalibrationTable merge(List<Path> tables) throws IOException {
    CalibrationTable merged = read(tables.getFirst());
    for (Path next : tables.subList(1, tables.size())) {
      merged = CalibrationTable.merge(merged, read(next));
    }
    return merged;
  }

  /// All files that may be written, the checkpoint of an interrupted run included.
  public List<Path> outputs() {
    Stream<Path> kept = Stream.concat(table.stream(), cache.stream());
    Stream<Path> beside =
        histograms ? table.map(CalibrationFiles::histogramsOf).stream() : Stream.empty();
    return Stream.of(kept, beside, checkpoint().stream()).flatMap(each -> each).toList();
  }

  Optional<Path> checkpoint() {
    return table.map(file -> file.resolveSibling(file.getFileName() + ".checkpoint"));
  }

  /// Whether the histograms, if they are wanted, lie beside the table and belong to it.
  boolean holdHistograms() throws IOException {
    if (!histograms) {
      return true;
    }
    try {
      return read(table.orElseThrow()).hasHistograms();
    } catch (CalibrationException e) {
      return false;
    }
  }

  /// Writes everything that is wanted.
  ///
  /// @return the table, which vouches for the cache, if one is written
  /// @throws CalibrationException if histograms are wanted and `found` has none
  public CalibrationTable write(CalibrationTable found) throws IOException {
    return write(found, histograms);
  }

  /// As [#write], for a table whose histograms are there already.
  CalibrationTable writeAgain(CalibrationTable valid) throws IOException {
    return write(valid, false);
  }

  private CalibrationTable write(CalibrationTable found, boolean histogramsToo) throws IOException {
    CalibrationTable result = found;
    if (cache.isPresent()) {
      TensorRtCache text = TensorRtCache.of(found, version);
      text.write(cache.get());
      result = found.vouchingFor(text);
    }
    if (table.isPresent()) {
      if (histogramsToo) {
        result.writeHistograms(histogramsOf(table.get()));
      }
      result.write(table.get());
    }
    return result;
  }
}
