// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.SmallNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class CommandCheckTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir private Path folder;

  private static CommandCheck check(Optional<String> text, String script) throws IOException {
    return new CommandCheck(List.of("sh", "-c", script, "sh", "{}"), LONG, text);
  }

  private static boolean fails(Optional<String> text, String script) throws IOException {
    try (CommandCheck check = check(text, script)) {
      return check.fails(SmallNetwork.model());
    }
  }

  @Test
  void theExitStatusCounts() throws IOException {
    assertThat(fails(Optional.empty(), "exit 0")).isFalse();
    assertThat(fails(Optional.empty(), "exit 4")).isTrue();
  }

  @Test
  void theCommandSeesTheModel() throws IOException {
    assertThat(fails(Optional.empty(), "test -s \"$1\"")).isFalse();
  }

  @Test
  void theTextCounts() throws IOException {
    assertThat(fails(Optional.of("boom"), "echo boom >&2")).isTrue();
    assertThat(fails(Optional.of("boom"), "exit 1")).isFalse();
  }

  @Test
  void anotherEndIsNoFailure() throws IOException {
    Path mark = folder.resolve("mark");
    String script = "if test -e %s; then exit 5; else touch %s; exit 4; fi".formatted(mark, mark);
    try (CommandCheck check = check(Optional.empty(), script)) {
      assertThat(check.fails(SmallNetwork.model())).isTrue();
      assertThat(check.fails(SmallNetwork.model())).isFalse();
    }
  }

  @Test
  void aCommandThatHangsIsStopped() throws IOException {
    List<String> command = List.of("sh", "-c", "sleep 600; true", "sh", "{}");
    try (CommandCheck check = new CommandCheck(command, Duration.ofMillis(200), Optional.empty())) {
      assertThat(check.fails(SmallNetwork.model())).isTrue();
    }
  }

  @Test
  void refusesACommandWithoutAPlaceForTheModel() {
    assertThatExceptionOfType(PipelineException.class)
        .isThrownBy(() -> new CommandCheck(List.of("true"), LONG, Optional.empty()))
        .withMessageContaining("the command has no {}");
  }
}
