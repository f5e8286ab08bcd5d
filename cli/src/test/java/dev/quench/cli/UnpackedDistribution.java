// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A distribution as its archive unpacks, whose only library is a jar that names the class path of
/// the tests: the launcher as users start it, in a separate process.
record UnpackedDistribution(Path folder) {
  /// What a process did.
  record Outcome(int exitCode, String out, String err) {}

  static UnpackedDistribution in(Path folder) throws IOException {
    Path scripts = Files.createDirectories(folder.resolve("bin/scripts"));
    try (Stream<Path> files = Files.list(Path.of("../scripts"))) {
      for (Path file : files.toList()) {
        Files.copy(file, scripts.resolve(file.getFileName()));
      }
    }
    Files.copy(Path.of("../quench"), folder.resolve("bin/quench"));
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    Path lib = Files.createDirectories(folder.resolve("lib"));
    new JarOutputStream(Files.newOutputStream(lib.resolve("quench.jar")), manifest).close();
    // As where faster starts could not be prepared, which needs libraries in jars of their own.
    Files.createFile(folder.resolve("quench.aot"));
    return new UnpackedDistribution(folder);
  }

  private static String text(InputStream in) {
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Outcome run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", "bin/quench"));
    command.addAll(List.of(arguments));
    return process(environment, command);
  }

  /// Runs any command in the distribution's folder.
  Outcome process(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("QUENCH_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    // The launcher's filter may write after the process itself has ended, until the pipe closes.
    CompletableFuture<String> err =
        CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
    String out = text(process.getInputStream());
    return new Outcome(process.waitFor(), out, err.join());
  }
}
