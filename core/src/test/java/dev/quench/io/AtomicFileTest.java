// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void writesAndReplaces() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.writeString(file, "one");
    AtomicFile.writeString(file, "zwölf");
    assertThat(file).hasContent("zwölf");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void keepsTheOldFileWhenWritingFails() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.writeString(file, "old");
    assertThatThrownBy(() ->
            AtomicFile.write(
                file,
                out -> {
                  out.write("half".getBytes(StandardCharsets.UTF_8));
                  throw new IOException("the source broke off");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write " + file + ": the source broke off");
    assertThat(file).hasContent("old");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void followsALink() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.writeString(file, "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    AtomicFile.writeString(link, "new");
    assertThat(file).hasContent("new");
    assertThat(link).isSymbolicLink();
  }

  @Test
  void refusesAFolder() {
    assertThatThrownBy(() -> AtomicFile.checkWritable(folder))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write " + folder + ": it is a folder; name a file");
  }

  @Test
  void namesTheMissingFolder() {
    Path file = folder.resolve("none").resolve("a.txt");
    assertThatThrownBy(() -> AtomicFile.checkWritable(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the folder " + folder.resolve("none"));
  }

  @Test
  void refusesWhatIsNoRegularFile() {
    assertThatThrownBy(() -> AtomicFile.checkWritable(Path.of("/dev/null")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a regular file");
  }

  @Test
  void checkLeavesNothingBehind() throws IOException {
    AtomicFile.checkWritable(folder.resolve("a.txt"));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void followsALinkToAFileThatDoesNotExistYet() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("new"));
    AtomicFile.writeString(link, "content");
    assertThat(link).isSymbolicLink();
    assertThat(folder.resolve("new")).hasContent("content");
  }

  @Test
  void refusesLinksThatLeadNowhere() throws IOException {
    Path nowhere = Files.createSymbolicLink(folder.resolve("nowhere"), Path.of("gone/new"));
    Path circle = Files.createSymbolicLink(folder.resolve("circle"), Path.of("circle"));
    assertThatIOException()
        .isThrownBy(() -> AtomicFile.checkWritable(nowhere))
        .withMessageContaining("nowhere")
        .withMessageContaining("does not exist");
    assertThatIOException()
        .isThrownBy(() -> AtomicFile.checkWritable(circle))
        .withMessageContaining("circle");
  }

  @Test
  void namesTheFileThatADiskHasNoRoomFor() {
    Path file = folder.resolve("file");
    assertThatIOException()
        .isThrownBy(() ->
            AtomicFile.write(
                file,
                _ -> {
                  throw new IOException("No space left on device");
                }))
        .withMessage("cannot write " + file + ": No space left on device");
  }
}
