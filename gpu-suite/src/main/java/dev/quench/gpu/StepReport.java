// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.data.AtomicFile;
import dev.quench.eval.Environment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// The file of one step: what was run where, how it ended, and the answers.
final class StepReport {
  static final String DONE = "done";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path file;
  private final ObjectNode root;
  private final long start = System.nanoTime();

  StepReport(Path folder, String step) {
    this.file = file(folder, step);
    this.root = JSON.createObjectNode();
    root.put("step", step);
    root.put("status", "running");
    ObjectNode environment = root.putObject("environment");
    for (Map.Entry<String, String> fact : Environment.current().facts().entrySet()) {
      environment.put(fact.getKey(), fact.getValue());
    }
    nvidiaDriver().ifPresent(version -> environment.put("nvidiaDriver", version));
    root.putObject("result");
  }

  private static Optional<String> nvidiaDriver() {
    try {
      return Files.readString(Path.of("/proc/driver/nvidia/version")).lines().findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static Path file(Path folder, String step) {
    return folder.resolve("gpu-" + step + ".json");
  }

  /// Whether the step was done before, with the same TensorRT on the same GPU.
  static boolean isDone(Path folder, String step) {
    Path file = file(folder, step);
    if (!Files.exists(file)) {
      return false;
    }
    try {
      JsonNode old = JSON.readTree(Files.readAllBytes(file));
      String here = Environment.current().facts().getOrDefault("tensorrt", "none");
      return old.path("status").asText().equals(DONE)
          && old.path("environment").path("tensorrt").asText().equals(here);
    } catch (IOException e) {
      return false;
    }
  }

  /// `done`, or how else the step ended.
  static String status(Path folder, String step) throws IOException {
    Path file = file(folder, step);
    return Files.exists(file)
        ? JSON.readTree(Files.readAllBytes(file)).path("status").asText("unreadable")
        : "not run";
  }

  ObjectNode result() {
    return (ObjectNode) root.get("result");
  }

  void flush() {
    root.put("seconds", (System.nanoTime() - start) / 1e9);
    try {
      AtomicFile.writeString(file, root.toPrettyString() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void end(String status, String detail) {
    root.put("status", status);
    if (!detail.isEmpty()) {
      root.put("detail", detail);
    }
    flush();
  }
}
