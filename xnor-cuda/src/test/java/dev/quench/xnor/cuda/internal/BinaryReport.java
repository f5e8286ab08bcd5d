// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.io.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// The file of all parts, `gpu-binary.json`, replaced as a whole whenever something becomes known.
/// Processes write it one after another; each goes on where the last stopped.
final class BinaryReport {
  static final String RUNNING = "running";
  static final String DONE = "done";
  static final String NO_GPU = "no GPU";
  static final String REHEARSED = "rehearsed";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private ObjectNode root;

  private BinaryReport(Path file, ObjectNode root) {
    this.file = file;
    this.root = root;
  }

  /// The report in a folder; empty where there is none, or none that can be read. A rehearsal has
  /// its own, `gpu-binary-rehearsal.json`.
  static BinaryReport in(Path folder, boolean rehearsal) {
    Path file = folder.resolve(rehearsal ? "gpu-binary-rehearsal.json" : "gpu-binary.json");
    try {
      if (Files.exists(file) && JSON.readTree(file.toFile()) instanceof ObjectNode old) {
        return new BinaryReport(file, old);
      }
    } catch (IOException e) {
      // What cannot be read is measured anew.
    }
    return new BinaryReport(file, fresh());
  }

  private static ObjectNode fresh() {
    return JSON.createObjectNode().put("step", "binary").put("status", RUNNING);
  }

  /// Forgets everything that was measured with other hardware or software.
  void measureWith(Map<String, String> environment) {
    JsonNode facts = JSON.valueToTree(environment);
    if (root.has("environment") && !facts.equals(root.get("environment"))) {
      root = fresh();
    }
    root.set("environment", facts);
  }

  /// The same for a rehearsal, which measures nothing: its machine is what `machine.json` beside
  /// the report says, if there is one.
  void rehearseHere() throws IOException {
    Path machine = file.resolveSibling("machine.json");
    if (Files.exists(machine) && JSON.readTree(machine.toFile()) instanceof ObjectNode facts) {
      Map<String, String> environment = new LinkedHashMap<>();
      facts.properties().forEach(fact -> environment.put(fact.getKey(), fact.getValue().asText()));
      measureWith(environment);
    }
  }

  ObjectNode result() {
    return root.withObject("/result");
  }

  /// A part as far as it is known.
  JsonNode part(BinaryPart part) {
    return root.path("result").path("parts").path(part.label());
  }

  String status(BinaryPart part) {
    return part(part).path("status").asText("not run");
  }

  /// Forgets what there was of a part.
  void begin(BinaryPart part) {
    parts().putObject(part.label()).put("status", RUNNING);
    flush();
  }

  private ObjectNode parts() {
    return result().withObject("/parts");
  }

  private ObjectNode open(BinaryPart part) {
    return parts().withObject("/" + part.label());
  }

  ArrayNode array(BinaryPart part, String name) {
    return open(part).withArray("/" + name);
  }

  void end(BinaryPart part, String status, String detail, double seconds) {
    ObjectNode node = open(part).put("status", status);
    if (!detail.isEmpty()) {
      node.put("detail", detail);
    }
    node.put("seconds", seconds);
    flush();
  }

  void end(String status) {
    root.put("status", status);
    flush();
  }

  void flush() {
    try {
      AtomicFile.writeString(file, root.toPrettyString() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
