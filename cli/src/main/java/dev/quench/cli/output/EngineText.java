// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.graph.Model;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.EngineLayer;
import dev.quench.trt.inspect.EngineLayers;
import dev.quench.trt.inspect.Int8Diagnosis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Says what an engine is.
public final class EngineText {
  private static final int OBSERVATIONS = 20;

  private EngineText() {}

  /// @param source the model that it was built from
  /// @param all whether to list every layer
  public static void print(
      QuenchCommand command, Path file, Engine engine, Optional<Model> source, boolean all)
      throws IOException {
    EngineLayers layers = engine.layers();
    Int8Diagnosis diagnosis = Int8Diagnosis.of(layers, source, Optional.empty(), new ArrayList<>());
    command.say("%s: TensorRT engine, %s".formatted(file, Text.bytes(Files.size(file))));
    engine
        .manifest()
        .ifPresent(manifest ->
            command.say(
                "TensorRT %s, %s (compute capability %s), %s"
                    .formatted(
                        manifest.tensorRtVersion(),
                        manifest.gpuName(),
                        manifest.computeCapability(),
                        manifest.precision())));
    command.say("inputs " + engine.inputs() + ", outputs " + engine.outputs());
    engine
        .profiles()
        .forEach(profile ->
            profile.forEach((input, range) -> command.say("profile '" + input + "' " + range)));
    command.say(
        "%d layers, %s of GPU memory for a context"
            .formatted(layers.layers().size(), Text.bytes(engine.contextBytes())));
    diagnosis.lines(OBSERVATIONS).forEach(command::say);
    if (all) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("layer", "type", "precision", "tactic"));
      for (EngineLayer layer : layers.layers()) {
        rows.add(
            List.of(
                layer.name(),
                layer.type(),
                layer.precision().map(Enum::name).orElse("unknown"),
                layer.tactic()));
      }
      Text.table(4, rows).forEach(command::say);
    }
    command.report(json(file, engine, layers, diagnosis));
  }

  private static ObjectNode json(
      Path file, Engine engine, EngineLayers layers, Int8Diagnosis diagnosis) throws IOException {
    ObjectNode root = Json.object().put("kind", "engine");
    root.put("engine", file.toString()).put("sizeBytes", Files.size(file));
    root.put("contextBytes", engine.contextBytes());
    ObjectNode counts = root.putObject("layersByPrecision");
    diagnosis.layersByPrecision().forEach(counts::put);
    ArrayNode observations = root.putArray("observations");
    for (Int8Diagnosis.Observation observation : diagnosis.observations()) {
      observations
          .addObject()
          .put("kind", observation.kind().name())
          .put("layer", observation.layer())
          .put("explanation", observation.explanation());
    }
    ArrayNode list = root.putArray("layers");
    for (EngineLayer layer : layers.layers()) {
      list.addObject()
          .put("name", layer.name())
          .put("type", layer.type())
          .put("precision", layer.precision().map(Enum::name).orElse("unknown"))
          .put("tactic", layer.tactic());
    }
    return root;
  }
}
