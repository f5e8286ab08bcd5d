// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The lines of a small text file in UTF-8.
final class NameList {
  private static final int MAX_BYTES = 256 << 20;

  private NameList() {}

  /// All lines, without a byte order mark.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException if it is too large or not in UTF-8
  static List<String> lines(Path file) throws IOException {
    return RegularFile.readText(file, MAX_BYTES).lines().toList();
  }

  /// The names in `classes.txt` of a folder, one per line; empty without that file.
  static List<String> classes(Path folder) throws IOException {
    Path file = folder.resolve("classes.txt");
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    return lines(file).stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }
}
