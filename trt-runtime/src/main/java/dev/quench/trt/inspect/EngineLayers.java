// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.tensor.DataType;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.inspect.EngineLayer.LayerTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What TensorRT made of a model, from its engine inspector: the layers in the order of execution.
///
/// Reads the JSON of TensorRT 10, which calls the engine's own tensors `Bindings`, and of 11, which
/// calls them `I/O Tensors`. An engine that was built without details gives names alone.
///
/// @param ioTensors names of the engine's inputs and outputs
/// @param detailed whether types and kernels are known
public record EngineLayers(List<EngineLayer> layers, List<String> ioTensors, boolean detailed) {
  private static final int MAX_TEXT = 1 << 22;
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(64)
                      .maxStringLength(MAX_TEXT)
                      .maxNameLength(1 << 16)
                      .build())
              .build());
  private static final Pattern ONNX_NODE = Pattern.compile("\\[ONNX Layer: ([^\\]]*)\\]");
  private static final Pattern WORD = Pattern.compile("[A-Za-z]+[0-9A-Za-z]*");

  /// How TensorRT spells element types; upper case.
  private static final Map<String, DataType> TYPES =
      Map.ofEntries(
          Map.entry("FP32", DataType.FLOAT),
          Map.entry("FLOAT", DataType.FLOAT),
          Map.entry("FLOAT32", DataType.FLOAT),
          Map.entry("TF32", DataType.FLOAT),
          Map.entry("FP16", DataType.FLOAT16),
          Map.entry("HALF", DataType.FLOAT16),
          Map.entry("FLOAT16", DataType.FLOAT16),
          Map.entry("BF16", DataType.BFLOAT16),
          Map.entry("BFLOAT16", DataType.BFLOAT16),
          Map.entry("INT8", DataType.INT8),
          Map.entry("UINT8", DataType.UINT8),
          Map.entry("FP8", DataType.FLOAT8E4M3FN),
          Map.entry("INT4", DataType.INT4),
          Map.entry("FP4", DataType.FLOAT4E2M1),
          Map.entry("INT32", DataType.INT32),
          Map.entry("INT64", DataType.INT64),
          Map.entry("BOOL", DataType.BOOL));

  public EngineLayers {
    layers = List.copyOf(layers);
    ioTensors = List.copyOf(ioTensors);
  }

  /// Reads what [Engine.layerInformation][dev.quench.trt.execute.Engine#layerInformation] gives.
  ///
  /// @throws TensorRtException if it is no such JSON
  public static EngineLayers parse(String json) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new TensorRtException(
          "the engine's description of its layers is not readable JSON: " + e.getOriginalMessage(),
          e);
    }
    if (root == null || !root.path("Layers").isArray()) {
      throw new TensorRtException(
          "the engine's description of its layers has no list \"Layers\"; its format is unknown");
    }
    List<EngineLayer> layers = new ArrayList<>();
    boolean detailed = true;
    for (JsonNode layer : root.path("Layers")) {
      detailed &= layer.isObject();
      layers.add(layer(layer));
    }
    List<String> ioTensors = new ArrayList<>();
    for (String key : List.of("Bindings", "I/O Tensors")) {
      root.path(key).forEach(name -> ioTensors.add(tensorName(name)));
    }
    return new EngineLayers(layers, ioTensors, detailed && !layers.isEmpty());
  }

  /// How many layers compute in which type, most frequent first; layers that only move data are
  /// under `reformat`, those that do nothing are left out, and those of unknown type are under
  /// `unknown`.
  public Map<String, Integer> countsByPrecision() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (EngineLayer layer : layers) {
      if (!layer.isNoOperation()) {
        counts.merge(label(layer), 1, Integer::sum);
      }
    }
    Map<String, Integer> sorted = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  private static String label(EngineLayer layer) {
    return layer.isReformat()
        ? "reformat"
        : layer.precision().map(type -> type.name().toLowerCase(Locale.ROOT)).orElse("unknown");
  }

  private static EngineLayer layer(JsonNode json) {
    if (!json.isObject()) {
      return new EngineLayer(
          json.asText(), "", "", List.of(), List.of(), Optional.empty(), "", List.of());
    }
    String metadata = json.path("Metadata").asText("");
    String name = json.path("Name").asText("");
    return new EngineLayer(
        name,
        json.path("LayerType").asText(""),
        json.path("ParameterType").asText(""),
        tensors(json.path("Inputs")),
        tensors(json.path("Outputs")),
        weights(json),
        json.path("TacticName").asText(""),
        nodes(metadata.isEmpty() ? name : metadata));
  }

  private static List<LayerTensor> tensors(JsonNode list) {
    List<LayerTensor> tensors = new ArrayList<>();
    for (JsonNode tensor : list) {
      StringBuilder format = new StringBuilder();
      for (String key : List.of("Format/Datatype", "Format", "Datatype", "DataType")) {
        String text = tensor.path(key).asText("");
        if (!text.isEmpty()) {
          format.append(format.isEmpty() ? "" : " ").append(text);
        }
      }
      tensors.add(new LayerTensor(tensorName(tensor), format.toString(), type(format.toString())));
    }
    return tensors;
  }

  private static String tensorName(JsonNode tensor) {
    return tensor.isObject() ? tensor.path("Name").asText("") : tensor.asText("");
  }

  private static Optional<DataType> weights(JsonNode layer) {
    JsonNode weights = layer.path("Weights");
    return weights.path("Count").asLong(1) == 0
        ? Optional.empty()
        : type(weights.path("Type").asText(""));
  }

  /// The last word that names a type: layouts come first.
  static Optional<DataType> type(String format) {
    Optional<DataType> found = Optional.empty();
    Matcher words = WORD.matcher(format);
    while (words.find()) {
      DataType type = TYPES.get(words.group().toUpperCase(Locale.ROOT));
      if (type != null) {
        found = Optional.of(type);
      }
    }
    return found;
  }

  private static List<String> nodes(String text) {
    List<String> nodes = new ArrayList<>();
    Matcher matcher = ONNX_NODE.matcher(text);
    while (matcher.find()) {
      nodes.add(matcher.group(1));
    }
    return nodes;
  }
}
