// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
  @TempDir private Path dir;

  @Test
  void makesAFolderWhateverLiesBesideIt() throws IOException {
    Files.createDirectory(dir.resolve("probe"));
    OutputFile.prepareFolder(dir.resolve("a/b"));
    assertThat(dir.resolve("a/b")).isEmptyDirectory();
    try (Stream<Path> beside = Files.list(dir)) {
      assertThat(beside).containsExactlyInAnyOrder(dir.resolve("a"), dir.resolve("probe"));
    }
  }

  @Test
  void refusesAFolderBelowAFile() throws IOException {
    Path file = Files.createFile(dir.resolve("file"));
    assertThatThrownBy(() -> OutputFile.prepareFolder(file.resolve("below")))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("is a file; name a folder");
  }

  @Test
  void refusesAFolderThatTakesNoFiles() {
    assertThatThrownBy(() -> OutputFile.prepareFolder(Path.of("/proc/below")))
        .isInstanceOf(CommandException.class)
        .hasMessageStartingWith("cannot write into /proc/below: ");
  }
}
