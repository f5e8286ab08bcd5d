// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineLengthTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 4_000, 20_000, 120_000})
  void doesNotEndTheProcess(int length) throws Exception {
    assertThat(availabilityWithArgument(length)).startsWith("Available[").contains("ONNX Runtime");
  }

  private static String availabilityWithArgument(int length)
      throws IOException, InterruptedException {
    ProcessBuilder java =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                AvailabilityProgram.class.getName(),
                "x".repeat(length)));
    java.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    java.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = java.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as("exit code with %d bytes; %s", length, output).isZero();
    return output;
  }
}
