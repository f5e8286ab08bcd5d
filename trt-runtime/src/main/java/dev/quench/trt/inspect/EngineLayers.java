// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.Printable;
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

/// The layers of an engine in the order of execution, from TensorRT's engine inspector.
///
/// The JSON has two forms. TensorRT 10 lists the engine's inputs and outputs by name under
/// `Bindings` and describes layout and type of a tensor in one string, `Format/Datatype`. TensorRT
/// 11 lists inputs and outputs as objects under `I/O Tensors` and separates `Format` from
/// `Datatype`. Any other form is refused. An engine built without details yields only names.
///
/// Source: NVIDIA's guide "Migrating IEngineInspector Usage from TensorRT 10.x to 11.x".
///
/// @param ioTensors names of the engine's inputs and outputs
/// @param detailed whether types and kernels are known
public record EngineLayers(List<EngineLayer> layers, List<String> ioTensors, boolean detailed) {
  /// Unknown layers.
  public static final EngineLayers UNKNOWN = new EngineLayers(List.of(), List.of(), false);

  private static final int MAX_TEXT = 1 << 22;
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              // TensorRT separates the names in a text by control characters.
              .configure(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS, true)
              .configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, true)
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(64)
                      .maxStringLength(MAX_TEXT)
                      .maxNameLength(1 << 16)
                      .build())
              .build());
  private static final Pattern ONNX_NODE = Pattern.compile("\\[ONNX Layer: ([^\\]]*)\\]");
  private static final Pattern WORD = Pattern.compile("[A-Za-z]+[0-9A-Za-z]*");
  private static final String IO_TENSORS_10 = "Bindings";
  private static final String IO_TENSORS_11 = "I/O Tensors";
  private static final String TYPE_10 = "Format/Datatype";
  private static final String TYPE_11 = "Datatype";
  private static final String LAYOUT_11 = "Format";

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
          Map.entry("FP4E2M1", DataType.FLOAT4E2M1),
          Map.entry("INT32", DataType.INT32),
          Map.entry("INT64", DataType.INT64),
          Map.entry("BOOL", DataType.BOOL));

  public EngineLayers {
    layers = List.copyOf(layers);
    ioTensors = List.copyOf(ioTensors);
  }

  /// Parses the result of
  /// [Engine.layerInformation][dev.quench.trt.execute.Engine#layerInformation].
  ///
  /// @throws TensorRtException if it has neither form, naming the place
  public static EngineLayers parse(String json) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new TensorRtException(
          "cannot parse the engine's description of its layers as JSON: " + e.getOriginalMessage(),
          e);
    }
    if (root == null || !root.path("Layers").isArray()) {
      throw unknown("expected a list \"Layers\"");
    }
    JsonNode tensors = root.path(root.has(IO_TENSORS_11) ? IO_TENSORS_11 : IO_TENSORS_10);
    if (!tensors.isArray()) {
      throw unknown(
          "expected a list \"%s\" (TensorRT 10) or \"%s\" (TensorRT 11)"
              .formatted(IO_TENSORS_10, IO_TENSORS_11));
    }
    List<String> ioTensors = new ArrayList<>();
    tensors.forEach(tensor -> ioTensors.add(name(tensor, "an input or output")));
    List<EngineLayer> layers = new ArrayList<>();
    boolean detailed = true;
    for (JsonNode layer : root.path("Layers")) {
      detailed &= layer.isObject();
      layers.add(layer(layer));
    }
    return new EngineLayers(layers, ioTensors, detailed && !layers.isEmpty());
  }

  private static TensorRtException unknown(String expected) {
    return new TensorRtException(
        "the form of the engine's description of its layers is unknown: "
            + expected
            + "; this version of TensorRT may be newer than Quench");
  }

  /// The number of layers per type, most frequent first. Layers that only move data count as
  /// `reformat`, those of unknown type as `unknown`; layers that do nothing are left out.
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
    String name = name(json, "a layer");
    if (!json.isObject()) {
      return new EngineLayer(
          name, "", "", "", List.of(), List.of(), Optional.empty(), "", List.of());
    }
    String metadata = json.path("Metadata").asText("");
    return new EngineLayer(
        name,
        json.path("LayerType").asText(""),
        json.path("ParameterType").asText(""),
        json.path("Origin").asText(""),
        tensors(json.path("Inputs"), name),
        tensors(json.path("Outputs"), name),
        weights(json),
        json.path("TacticName").asText(""),
        nodes(metadata.isEmpty() ? name : metadata));
  }

  /// A name, or the name of an object.
  private static String name(JsonNode json, String what) {
    JsonNode name = json.isObject() ? json.path("Name") : json;
    if (!name.isTextual()) {
      throw unknown("expected " + what + " to be a name, or an object with a \"Name\"");
    }
    return name.textValue();
  }

  private static List<LayerTensor> tensors(JsonNode list, String layer) {
    List<LayerTensor> tensors = new ArrayList<>();
    for (JsonNode tensor : list) {
      String name = name(tensor, "each tensor of layer '" + Printable.escape(layer) + "'");
      if (tensor.has(TYPE_11)) {
        String type = tensor.path(TYPE_11).asText("");
        String layout = tensor.path(LAYOUT_11).asText("");
        tensors.add(
            new LayerTensor(name, layout.isEmpty() ? type : layout + " " + type, type(type)));
      } else if (tensor.has(TYPE_10)) {
        String format = tensor.path(TYPE_10).asText("");
        tensors.add(new LayerTensor(name, format, type(format)));
      } else {
        throw unknown(
            "expected \"%s\" (TensorRT 10) or \"%s\" (TensorRT 11) at tensor '%s' of layer '%s'"
                .formatted(TYPE_10, TYPE_11, Printable.escape(name), Printable.escape(layer)));
      }
    }
    return tensors;
  }

  private static Optional<DataType> weights(JsonNode layer) {
    JsonNode weights = layer.path("Weights");
    return weights.path("Count").asLong(1) == 0
        ? Optional.empty()
        : type(weights.path("Type").asText(""));
  }

  /// The last word that names a type; layouts come before it.
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
