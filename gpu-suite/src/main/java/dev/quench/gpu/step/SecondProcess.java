// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.gpu.report.StepPart;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The output of a second Java process; its last line is a JSON object.
///
/// @param exitCode of the process
/// @param output standard output and standard error
record SecondProcess(int exitCode, String output) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// Runs a main class with this process's class path and options, and waits for it.
  ///
  /// @param environment variables added to those of this process
  /// @param options additional Java options
  static SecondProcess start(
      Class<?> main, Map<String, String> environment, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    Thread ended = new Thread(process::destroyForcibly, "stop the second process");
    Runtime.getRuntime().addShutdownHook(ended);
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new SecondProcess(process.waitFor(), output);
    } finally {
      Runtime.getRuntime().removeShutdownHook(ended);
    }
  }

  /// Parses the last line.
  ///
  /// @throws IllegalStateException if the process failed, with its whole output
  JsonNode result() throws IOException {
    String last = output.lines().reduce("", (_, line) -> line);
    if (exitCode != 0 || !last.startsWith("{")) {
      throw new IllegalStateException(
          "the second process ended with %d and wrote: %s".formatted(exitCode, output));
    }
    return JSON.readTree(last);
  }

  /// Adds the fields of the result as figures.
  void into(StepPart part) throws IOException {
    for (Map.Entry<String, JsonNode> field : result().properties()) {
      JsonNode value = field.getValue();
      if (value.isNumber()) {
        part.put(field.getKey(), value.asDouble());
      } else if (value.isBoolean()) {
        part.put(field.getKey(), value.asBoolean());
      } else {
        part.put(field.getKey(), value.asText());
      }
    }
  }
}
