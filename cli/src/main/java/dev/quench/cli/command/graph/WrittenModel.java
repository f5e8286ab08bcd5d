// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A model that a command wrote, with its interface for people and as JSON.
public final class WrittenModel {
  private WrittenModel() {}

  /// Writes a model, says what it reads and computes, and adds the same to `root`.
  ///
  /// @return for further fields
  public static ObjectNode write(Model model, Path output, QuenchCommand command)
      throws IOException {
    OnnxWriter.write(model, output);
    long bytes = ModelFile.writtenBytes(model, output);
    ObjectNode root = Json.object().put("output", output.toString());
    root.put("nodes", model.graph().nodes().size()).put("sizeBytes", bytes);
    list("input", model.graph().requiredInputs(), root.putArray("inputs"), command);
    list("output", model.graph().outputs(), root.putArray("outputs"), command);
    command.say(
        "%d nodes, %s: %s".formatted(model.graph().nodes().size(), Text.bytes(bytes), output));
    return root;
  }

  private static void list(String kind, List<Value> values, ArrayNode node, QuenchCommand command) {
    for (Value value : values) {
      String type = value.type().map(ValueType::toString).orElse("unknown type");
      command.say("%s %s: %s".formatted(kind, value.name(), type));
      node.addObject().put("name", value.name()).put("type", type);
    }
  }
}
