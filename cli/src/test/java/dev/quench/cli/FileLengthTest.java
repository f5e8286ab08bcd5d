// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A file that grows past a bound holds more than one concept.
class FileLengthTest {
  private static final int LONGEST = 400;

  /// Generated files name their template here.
  private static final int FIRST_LINES = 20;

  private static final String GENERATED = "Tiles.java.template";

  @Test
  void handWrittenFilesStayShort() throws IOException {
    List<String> tooLong = new ArrayList<>();
    int seen = 0;
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      for (Path sources : modules.map(module -> module.resolve("src")).toList()) {
        for (Path file : javaFiles(sources)) {
          seen++;
          List<String> lines = Files.readAllLines(file);
          if (lines.size() > LONGEST
              && lines.stream().limit(FIRST_LINES).noneMatch(line -> line.contains(GENERATED))) {
            tooLong.add("%s: %d lines".formatted(file, lines.size()));
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(1000);
    assertThat(tooLong).isEmpty();
  }

  private static List<Path> javaFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }
}
