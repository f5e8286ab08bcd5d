// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs a main class of the tests in a JVM of its own, which may crash.
public record JavaProcess(int exitCode, String output, List<String> crashReports) {
  private static final long TIMEOUT_SECONDS = 120;

  /// @param folder where the process runs and crash reports would appear
  /// @param environment set on top of this process's
  public static JavaProcess run(
      Path folder, Map<String, String> environment, List<String> options, Class<?> main)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Path output = folder.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(main + " did not end; it wrote:\n" + Files.readString(output));
    }
    try (var files = Files.list(folder)) {
      List<String> crashes =
          files
              .map(file -> file.getFileName().toString())
              .filter(n -> n.startsWith("hs_err"))
              .toList();
      return new JavaProcess(process.exitValue(), Files.readString(output), crashes);
    }
  }
}
