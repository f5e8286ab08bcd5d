// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/// The bytes of a file. What fails while reading, such as a bad sector, is reported with the file's
/// name, which the system leaves out.
final class NamedInput extends FilterInputStream {
  private final Path file;

  NamedInput(InputStream stream, Path file) {
    super(stream);
    this.file = file;
  }

  @Override
  public int read() throws IOException {
    try {
      return super.read();
    } catch (IOException e) {
      throw RegularFile.unreadable(file, e);
    }
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      return super.read(bytes, offset, length);
    } catch (IOException e) {
      throw RegularFile.unreadable(file, e);
    }
  }
}
