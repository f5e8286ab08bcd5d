// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// The machine and the software that produced the figures, as ordered text facts.
///
/// @param facts include [#GPU], [#DRIVER], [#DRIVER_CUDA] and [#TENSORRT] if known
public record Machine(Map<String, String> facts) {
  public static final String GPU = "gpu";

  /// Version of NVIDIA's driver.
  public static final String DRIVER = "driver";

  /// Newest CUDA version that the driver supports.
  public static final String DRIVER_CUDA = "driverCuda";

  public static final String TENSORRT = "tensorRt";

  /// Facts that must match for a figure to remain valid.
  private static final List<String> DECISIVE = List.of(GPU, DRIVER, DRIVER_CUDA, TENSORRT);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "machine.json";

  public Machine {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
  }

  /// Reads the facts that [#write] wrote to a folder; empty without the file.
  ///
  /// @throws IOException if the file exists but cannot be read
  public static Machine read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    return new Machine(Files.exists(file) ? text(JSON.readTree(file.toFile())) : Map.of());
  }

  public void write(Path folder) throws IOException {
    AtomicFile.writeString(folder.resolve(FILE), toJson().toPrettyString() + "\n");
  }

  ObjectNode toJson() {
    return JSON.valueToTree(facts);
  }

  /// Whether figures of the `environment` of a report were measured on this GPU with this driver
  /// and TensorRT. Facts that the report omits, such as TensorRT in the report of the binary
  /// kernels, are not compared. Without a GPU on either side they do not match.
  public boolean matches(JsonNode environment) {
    Map<String, String> theirs = new TreeMap<>(text(environment));
    if (!theirs.containsKey(GPU) || !facts.containsKey(GPU)) {
      return false;
    }
    return DECISIVE.stream()
        .filter(theirs::containsKey)
        .allMatch(key -> Objects.equals(theirs.get(key), facts.get(key)));
  }

  private static Map<String, String> text(JsonNode object) {
    Map<String, String> facts = new LinkedHashMap<>();
    object.properties().forEach(entry -> facts.put(entry.getKey(), entry.getValue().asText()));
    return facts;
  }
}
