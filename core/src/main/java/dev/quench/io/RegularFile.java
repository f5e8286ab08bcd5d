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

  /// Opens a file, or the file that a link leads to. A pipe would wait for a writer, a device might
  /// never end.
  ///
  /// @throws IOException if the file cannot be opened
  /// @throws DataException if there is something else of that name
  public static InputStream open(Path file) throws IOException {
    check(file);
    return Files.newInputStream(file);
  }

  /// @throws DataException if there is something of that name that is not a regular file
  public static void check(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DataException(
          "%s: is %s, expected a regular file"
              .formatted(file, Files.isDirectory(file) ? "a folder" : "a pipe or a device"));
    }
  }
}
