// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegularFileTest {
  @TempDir private Path folder;

  private Path file(byte... bytes) throws IOException {
    return Files.write(folder.resolve("list.txt"), bytes);
  }

  @Test
  void anErrorWhileReadingNamesTheFile() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("Input/output error");
          }
        };
    Path file = Path.of("weights.bin");

    assertThatThrownBy(() -> new NamedInput(broken, file).readAllBytes())
        .isInstanceOf(FileSystemException.class)
        .hasMessage("weights.bin: cannot be read: Input/output error");
    assertThatThrownBy(() -> new NamedInput(broken, file).read())
        .isInstanceOf(FileSystemException.class)
        .hasMessageStartingWith("weights.bin");
  }

  /// The digest of "abc" in FIPS 180-2.
  @Test
  void digestIsThatOfItsBytes() throws IOException {
    assertThat(RegularFile.sha256(file((byte) 'a', (byte) 'b', (byte) 'c')))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThatThrownBy(() -> RegularFile.sha256(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is a folder");
  }

  @Test
  void textHasNoByteOrderMark() throws IOException {
    Path marked = file((byte) 0xEF, (byte) 0xBB, (byte) 0xBF, (byte) 'a', (byte) '\n');

    assertThat(RegularFile.readText(marked, 100)).isEqualTo("a\n");
  }

  @Test
  void textInAnotherEncodingIsRefusedByName() throws IOException {
    Path latin = file((byte) 'a', (byte) 0xE9, (byte) '\n');

    assertThatThrownBy(() -> RegularFile.readText(latin, 100))
        .isInstanceOf(DataException.class)
        .hasMessage(latin + ": not in UTF-8; convert it");
  }

  @Test
  void textBeyondTheLimitIsRefused() throws IOException {
    Path five = file(new byte[5]);

    assertThat(RegularFile.readText(five, 5)).hasSize(5);
    assertThatThrownBy(() -> RegularFile.readText(five, 4))
        .hasMessageContaining("more than the 4 allowed");
  }
}
