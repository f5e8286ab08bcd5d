// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstAndLastHandlerTest {
  private static final Formatter LINES =
      new Formatter() {
        @Override
        public String format(LogRecord message) {
          return message.getMessage() + "\n";
        }
      };

  @TempDir Path folder;

  private void log(int messages, String text) throws IOException {
    FirstAndLastHandler handler = new FirstAndLastHandler(folder, "gpu-step", 100, 200);
    handler.setFormatter(LINES);
    handler.setLevel(Level.ALL);
    for (int i = 0; i < messages; i++) {
      handler.publish(new LogRecord(Level.FINEST, "%s %05d".formatted(text, i)));
    }
    handler.close();
  }

  private String text(String file) throws IOException {
    return Files.readString(folder.resolve(file));
  }

  @Test
  void keepsAShortLogInOneFile() throws IOException {
    log(3, "message");
    assertThat(text("gpu-step.log")).isEqualTo("message 00000\nmessage 00001\nmessage 00002\n");
    assertThat(folder).isDirectoryNotContaining("glob:**last*");
  }

  @Test
  void keepsTheBeginningAndTheEndOfALongOne() throws IOException {
    log(10_000, "message");
    assertThat(text("gpu-step.log"))
        .startsWith("message 00000\n")
        .contains("message 00007\n")
        .endsWith(
            "The latest messages are in gpu-step.last-0.log, those before them in gpu-step.last-1.log.\n");
    assertThat(text("gpu-step.last-1.log") + text("gpu-step.last-0.log"))
        .endsWith("message 09997\nmessage 09998\nmessage 09999\n");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.mapToLong(file -> file.toFile().length()).sum()).isLessThan(500);
    }
  }

  @Test
  void losesNoMessageWhereBothMeet() throws IOException {
    log(12, "message");
    String all = text("gpu-step.log") + text("gpu-step.last-0.log");
    for (int i = 0; i < 12; i++) {
      assertThat(all).contains("message %05d\n".formatted(i));
    }
  }

  @Test
  void keepsTheLogOfTheProcessBefore() throws IOException {
    log(10_000, "old");
    log(2, "new");
    assertThat(text("gpu-step.before.log")).startsWith("old 00000\n");
    assertThat(text("gpu-step.log")).isEqualTo("new 00000\nnew 00001\n");
    assertThat(folder).isDirectoryNotContaining("glob:**last*");
  }
}
