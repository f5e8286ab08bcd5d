// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.calibrate;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.SampleSpans;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// Decides whether a calibration table that lies where a new one would go says the same as the new
/// one would.
///
/// @param modelDigest of the model at hand
/// @param tensors that need a range
/// @param shard of the data that is meant
record TableReuse(
    String modelDigest, Set<String> tensors, RangeMethod method, Dataset data, Shard shard) {
  /// What was found.
  sealed interface Finding {
    /// The file does not exist.
    record None() implements Finding {}

    /// The table says what a new one would.
    record Valid(CalibrationTable table) implements Finding {}

    /// The table says the same but for the method, which its histograms can make good.
    record OtherMethod(String method) implements Finding {}

    /// The table is another one.
    record Other(String difference) implements Finding {}
  }

  /// Looks at `file`.
  ///
  /// @throws dev.quench.QuenchException if the file exists but is not an intact table, which must
  ///   not be overwritten unasked
  Finding look(Path file) throws IOException {
    if (!Files.exists(file)) {
      return new Finding.None();
    }
    CalibrationTable table = CalibrationTable.read(file);
    Optional<String> difference = difference(table);
    if (difference.isPresent()) {
      return new Finding.Other(difference.get());
    }
    String used = table.header().method();
    return used.equals(method.spelling())
        ? new Finding.Valid(table)
        : new Finding.OtherMethod(used);
  }

  private Optional<String> difference(CalibrationTable table) {
    if (!table.header().modelDigest().equals(Optional.of(modelDigest))) {
      return Optional.of("another model");
    }
    if (table.header().data().size() != 1 || !isOf(table.header().data().getFirst())) {
      return Optional.of("other data");
    }
    if (!table.header().preprocessing().equals(data.preprocessing().orElse(""))) {
      return Optional.of("other preprocessing");
    }
    return table.names().containsAll(tensors) ? Optional.empty() : Optional.of("fewer tensors");
  }

  private boolean isOf(CalibrationData used) {
    return used.digest().equals(data.digest())
        && used.used().equals(SampleSpans.shard(shard.index(), shard.count(), data.size(), 1));
  }
}
