// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
    byte[] bytes;
    try (InputStream stream = RegularFile.open(file)) {
      bytes = stream.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      throw new DataException(
          "%s: more than %d bytes, too large for a list".formatted(file, MAX_BYTES));
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return (text.startsWith("\uFEFF") ? text.substring(1) : text).lines().toList();
    } catch (CharacterCodingException e) {
      throw new DataException(file + ": not in UTF-8; convert it", e);
    }
  }

  /// The names in `classes.txt` of a folder, one a line; none if there is no such file.
  static List<String> classes(Path folder) throws IOException {
    Path file = folder.resolve("classes.txt");
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    return lines(file).stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }
}
