// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorLineTest {
  @Test
  void isOneLineWithoutControlCharacters() {
    String message = "first\nsecond \u001b[31mred\u0007";
    for (Exception error : List.of(new IOException(message), new CommandException(message))) {
      assertThat(ErrorLine.of(error))
          .startsWith("first | second ")
          .doesNotContain("\u001b", "\u0007", "\n");
    }
  }

  @Test
  void explainsAMissingFile() {
    assertThat(ErrorLine.of(new UncheckedIOException(new NoSuchFileException("a.onnx"))))
        .isEqualTo("a.onnx: no such file; check the name");
  }

  @Test
  void explainsAForbiddenFile() {
    assertThat(ErrorLine.of(new AccessDeniedException("a.onnx")))
        .isEqualTo("a.onnx: permission denied");
  }

  @Test
  void keepsTheMessageOfAnIoError() {
    assertThat(ErrorLine.of(new IOException("No space left on device")))
        .isEqualTo("No space left on device");
  }

  @Test
  void callsADefectADefect() {
    assertThat(ErrorLine.of(new NullPointerException("x is null")))
        .startsWith("defect in Quench: NullPointerException: x is null");
  }

  @Test
  void saysHowToGetMoreMemory() {
    assertThat(ErrorLine.of(new OutOfMemoryError("heap"))).contains("QUENCH_JAVA_OPTS=-Xmx8g");
  }

  @Test
  void cutsEndlessMessages() {
    assertThat(ErrorLine.of(new CommandException("x".repeat(100_000)))).hasSizeLessThan(5000);
  }

  @Test
  void namesTheLimitThatWasMet() {
    assertThat(ErrorLine.of(new IOException("a.jar", new IOException("Too many open files"))))
        .contains("ulimit -n");
    assertThat(ErrorLine.of(new NoClassDefFoundError("dev/quench/X"))).contains("ulimit -n");
    assertThat(ErrorLine.of(new ExceptionInInitializerError(new OutOfMemoryError("heap"))))
        .startsWith("out of memory");
  }
}
