// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Opens files that are read to their end.
public final class RegularFile {
  private RegularFile() {}

  /// Opens a file, or the file that a link leads to. Refuses pipes, which would wait for a writer,
  /// and devices, which might never end.
  ///
  /// @throws IOException if the file cannot be opened
  /// @throws DataException if the name leads to something other than a regular file
  public static InputStream open(Path file) throws IOException {
    check(file);
    return Files.newInputStream(file);
  }

  /// @throws DataException if the name leads to something other than a regular file
  public static void check(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DataException(
          "%s: is %s, expected a regular file"
              .formatted(file, Files.isDirectory(file) ? "a folder" : "a pipe or a device"));
    }
  }
}
