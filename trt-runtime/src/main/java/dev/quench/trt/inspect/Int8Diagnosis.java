// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import dev.quench.Printable;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.LayerTimes;
import dev.quench.tensor.DataType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Explains why an INT8 engine is slower than possible: which layers do not run in INT8, and which
/// conversions were added around those that do.
///
/// @param layersByPrecision number of layers per type, most frequent first
/// @param observations most expensive first if times are known, else by kind and order of execution
public record Int8Diagnosis(
    Map<String, Integer> layersByPrecision, List<Observation> observations) {
  /// A finding about one layer, or about the engine.
  ///
  /// @param layer TensorRT's name; empty for the engine as a whole
  /// @param explanation meaning and remedy; one line
  /// @param share of the time of all layers, in `[0, 1]`; empty without times
  public record Observation(Kind kind, String layer, String explanation, OptionalDouble share) {}

  /// In descending order of importance.
  public enum Kind {
    /// No layer runs in INT8.
    NO_INT8,
    /// TensorRT logged that it did not fuse Q/DQ nodes.
    GIVEN_UP,
    /// A convolution or matrix product with Q/DQ nodes at its inputs runs in floating point.
    FLOAT_THOUGH_QUANTIZED,
    /// A Q/DQ node is a separate layer inside the engine, not at an input or output.
    UNFUSED_QDQ,
    /// A convolution or matrix product has no Q/DQ nodes.
    NOT_QUANTIZED,
    /// A tensor is copied into another layout or type.
    REFORMAT,
    /// Layers that are not quantized run in FP32 although FP16 would suffice.
    FP32_REST,
    /// TensorRT did not report the types of layers.
    UNKNOWN_TYPES
  }

  private static final String GAVE_UP = "will not be fused";
  private static final int NAMED = 3;

  public Int8Diagnosis {
    observations = List.copyOf(observations);
  }

  /// Examines only the layers.
  public static Int8Diagnosis of(EngineLayers layers) {
    return of(layers, Optional.empty(), Optional.empty(), List.of());
  }

  /// Examines layers, model, times and log.
  ///
  /// @param model that the engine was built from, which shows the layers meant to run in INT8
  /// @param times of the layers
  /// @param buildLog [BuildReport#warnings]
  public static Int8Diagnosis of(
      EngineLayers layers,
      Optional<Model> model,
      Optional<LayerTimes> times,
      List<String> buildLog) {
    Set<String> quantized = model.map(Int8Diagnosis::quantizedNodes).orElse(Set.of());
    List<Observation> observations = new ArrayList<>();
    engineAsAWhole(layers, buildLog, observations);
    for (EngineLayer layer : layers.layers()) {
      OptionalDouble share =
          times.map(t -> OptionalDouble.of(t.share(layer.name()))).orElse(OptionalDouble.empty());
      if (!isNeededAtTheEdge(layer, layers)) {
        oneLayer(layer, model.isPresent(), quantized, share, observations);
      }
    }
    observations.sort(
        Comparator.comparingDouble((Observation o) -> -o.share().orElse(0))
            .thenComparing(Observation::kind));
    return new Int8Diagnosis(layers.countsByPrecision(), observations);
  }

  /// The number of observations of each kind.
  public Map<Kind, Integer> counts() {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    observations.forEach(observation -> counts.merge(observation.kind(), 1, Integer::sum));
    return counts;
  }

  /// A report for people: a line for the precisions, then one for each observation.
  ///
  /// @param most how many observations to list; the last line sums up the rest
  public List<String> lines(int most) {
    List<String> lines = new ArrayList<>();
    lines.add("layers by precision: " + layersByPrecision);
    observations.stream().limit(most).forEach(observation -> lines.add(line(observation)));
    if (observations.size() > most) {
      lines.add("and " + (observations.size() - most) + " more of " + counts());
    }
    if (observations.isEmpty()) {
      lines.add("nothing stands out: all convolutions and matrix products run in INT8");
    }
    return lines;
  }

  private static String line(Observation observation) {
    String share =
        observation.share().isPresent()
            ? String.format(Locale.ROOT, "%5.1f %%  ", 100 * observation.share().getAsDouble())
            : "";
    String layer = observation.layer().isEmpty() ? "" : "'" + observation.layer() + "' ";
    return share + layer + observation.explanation();
  }

  private static void engineAsAWhole(
      EngineLayers layers, List<String> buildLog, List<Observation> observations) {
    boolean typed = layers.layers().stream().anyMatch(layer -> layer.precision().isPresent());
    if (!layers.detailed() || !typed) {
      add(
          observations,
          Kind.UNKNOWN_TYPES,
          "the engine does not report the types of its layers; build it with Quench, which requests"
              + " details from TensorRT");
      return;
    }
    if (layers.layers().stream().noneMatch(layer -> runsIn(layer, DataType.INT8))) {
      add(
          observations,
          Kind.NO_INT8,
          "no layer runs in INT8: the model has no Q/DQ nodes, or TensorRT could use none");
    }
    for (String line : buildLog) {
      if (line.contains(GAVE_UP)) {
        add(observations, Kind.GIVEN_UP, "TensorRT says: " + line);
      }
    }
    List<String> fp32 = rest(layers, DataType.FLOAT);
    if (!fp32.isEmpty()
        && rest(layers, DataType.FLOAT16).isEmpty()
        && rest(layers, DataType.BFLOAT16).isEmpty()) {
      add(
          observations,
          Kind.FP32_REST,
          "%s in FP32 and none in FP16, besides convolutions and matrix products: %s; cast what is not quantized to FP16"
              .formatted(
                  fp32.size() == 1 ? "1 layer runs" : fp32.size() + " layers run", named(fp32)));
    }
  }

  private static String named(List<String> layers) {
    String names =
        layers.stream()
            .limit(NAMED)
            .map(name -> "'" + Printable.escape(name) + "'")
            .collect(Collectors.joining(", "));
    return layers.size() > NAMED ? names + " and " + (layers.size() - NAMED) + " more" : names;
  }

  /// FP32 inputs must be quantized somewhere, and outputs dequantized.
  private static boolean isNeededAtTheEdge(EngineLayer layer, EngineLayers layers) {
    return layer.isQuantization()
        && Stream.concat(layer.inputs().stream(), layer.outputs().stream())
            .anyMatch(tensor -> layers.ioTensors().contains(tensor.name()));
  }

  private static void oneLayer(
      EngineLayer layer,
      boolean modelKnown,
      Set<String> quantized,
      OptionalDouble share,
      List<Observation> observations) {
    if (layer.isQuantization()) {
      observations.add(
          new Observation(
              Kind.UNFUSED_QDQ,
              layer.name(),
              "is a Q/DQ node that was not fused; check the nodes between it and the layer that it serves",
              share));
    } else if (layer.isReformat()) {
      observations.add(
          new Observation(Kind.REFORMAT, layer.name(), "only copies " + reformat(layer), share));
    } else if (layer.isWeighted() && isFloat(layer)) {
      boolean meant = layer.nodes().stream().anyMatch(quantized::contains);
      String type = layer.precision().map(Int8Diagnosis::spelling).orElse("an unknown type");
      if (meant) {
        observations.add(
            new Observation(
                Kind.FLOAT_THOUGH_QUANTIZED,
                layer.name(),
                "runs in %s although its inputs are quantized: a Q/DQ node is missing or misplaced at one input, or its shape is too small for INT8"
                    .formatted(type),
                share));
      } else {
        observations.add(
            new Observation(
                Kind.NOT_QUANTIZED,
                layer.name(),
                modelKnown
                    ? "runs in %s: the model has no Q/DQ nodes at its inputs".formatted(type)
                    : "runs in %s".formatted(type),
                share));
      }
    }
  }

  private static void add(List<Observation> observations, Kind kind, String explanation) {
    observations.add(new Observation(kind, "", explanation, OptionalDouble.empty()));
  }

  private static String reformat(EngineLayer layer) {
    if (layer.inputs().isEmpty() || layer.outputs().isEmpty()) {
      return "a tensor into another layout";
    }
    String from = layer.inputs().getFirst().format();
    String to = layer.outputs().getFirst().format();
    return layer.inputs().getFirst().type().equals(layer.outputs().getFirst().type())
        ? "a tensor from layout '%s' to '%s'".formatted(from, to)
        : "a tensor from '%s' to '%s': an edge between precisions".formatted(from, to);
  }

  /// The name that TensorRT users know.
  private static String spelling(DataType type) {
    return switch (type) {
      case FLOAT -> "FP32";
      case FLOAT16 -> "FP16";
      case BFLOAT16 -> "BF16";
      default -> type.name();
    };
  }

  private static boolean isFloat(EngineLayer layer) {
    return runsIn(layer, DataType.FLOAT)
        || runsIn(layer, DataType.FLOAT16)
        || runsIn(layer, DataType.BFLOAT16);
  }

  private static boolean runsIn(EngineLayer layer, DataType type) {
    return layer.precision().equals(Optional.of(type));
  }

  /// Names of the layers that compute in that type and have no weights.
  private static List<String> rest(EngineLayers layers, DataType type) {
    return layers.layers().stream()
        .filter(layer -> !layer.isWeighted() && !layer.isReformat() && !layer.isNoOperation())
        .filter(layer -> !layer.isQuantization() && runsIn(layer, type))
        .map(EngineLayer::name)
        .toList();
  }

  /// Names of nodes of which an input comes from a `DequantizeLinear` node.
  private static Set<String> quantizedNodes(Model model) {
    Set<String> names = new HashSet<>();
    for (Node node : model.graph().nodes()) {
      for (Value input : node.inputs()) {
        if (!node.is("QuantizeLinear")
            && input.producer().filter(p -> p.is("DequantizeLinear")).isPresent()) {
          names.add(node.name());
        }
      }
    }
    return names;
  }
}
