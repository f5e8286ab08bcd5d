// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import dev.quench.digest.Sha256;
import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/// Opens files that are read to their end.
public final class RegularFile {
  private RegularFile() {}

  /// Opens a file, or the file that a link leads to. Refuses pipes, which would wait for a writer,
  /// and devices, which might never end.
  ///
  /// @return a stream whose errors name the file
  /// @throws IOException if the file cannot be opened
  /// @throws DataException if the name leads to something other than a regular file
  public static InputStream open(Path file) throws IOException {
    check(file);
    return new NamedInput(Files.newInputStream(file), file);
  }

  /// All bytes of a file.
  ///
  /// @param maxBytes a longer file is refused
  /// @throws IOException if the file cannot be read; names it
  /// @throws DataException if it is too long or not a regular file
  public static byte[] readAllBytes(Path file, long maxBytes) throws IOException {
    try (InputStream stream = open(file)) {
      long size = Files.size(file);
      if (size > maxBytes) {
        throw new DataException(
            "%s: has %d bytes, more than the %d allowed".formatted(file, size, maxBytes));
      }
      return stream.readAllBytes();
    }
  }

  /// The text of a small file in UTF-8, without a byte order mark.
  ///
  /// @param maxBytes a longer file is refused
  /// @throws IOException if the file cannot be read; names it
  /// @throws DataException if it is too long or not UTF-8, or there is something else of that name
  public static String readText(Path file, int maxBytes) throws IOException {
    byte[] bytes = readAllBytes(file, maxBytes);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new DataException(file + ": not in UTF-8; convert it", e);
    }
  }

  /// SHA-256 of all bytes of a file, as 64 lower-case hex digits.
  ///
  /// @throws IOException if the file cannot be read; names it
  /// @throws DataException if the name leads to something other than a regular file
  public static String sha256(Path file) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (InputStream in = new DigestInputStream(open(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// @throws DataException if the name leads to something other than a regular file
  public static void check(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DataException(
          "%s: is %s, expected a regular file"
              .formatted(file, Files.isDirectory(file) ? "a folder" : "a pipe or a device"));
    }
  }

  /// An error of the system while it reads a file, with the file's name.
  public static IOException unreadable(Path file, IOException cause) {
    IOException named =
        new FileSystemException(file.toString(), null, "cannot be read: " + cause.getMessage());
    named.initCause(cause);
    return named;
  }
}
