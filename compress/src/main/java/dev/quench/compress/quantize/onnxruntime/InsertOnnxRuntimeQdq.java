// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.quantize.MissingRangesException;
import dev.quench.compress.quantize.NeededOpset;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.compress.quantize.QuantizationReport.QuantizedActivation;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.QuantizationRanges;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Makes quantization explicit in the form that ONNX Runtime's CPU provider fuses.
///
/// 1. activation `x` → `DequantizeLinear(QuantizeLinear(x, s, z), s, z)` in UINT8, s = (high − low)
///    / 255 and z the level of 0: 0 for tensors without negative values, so that a `Relu` in front
///    vanishes.
/// 2. weights `W` → `DequantizeLinear(W', s, 0)` with INT8 initializer W', one scale a channel.
/// 3. bias `b` → `DequantizeLinear(b', sx·sw)` with INT32 initializer b'.
///
/// [IntegerNodes] says which nodes, [IntegerTensors] which tensors. The same float numbers leave
/// the tensors that graph outputs have. A model that holds such nodes already is left as it is.
/// Immutable.
public final class InsertOnnxRuntimeQdq implements Transformation<QuantizationReport> {
  private final QuantizationRanges ranges;
  private final OnnxRuntimeOptions options;

  public InsertOnnxRuntimeQdq(QuantizationRanges ranges, OnnxRuntimeOptions options) {
    this.ranges = ranges;
    this.options = options;
  }

  /// Names of the tensors that this form needs a range for, in graph order; none when the model is
  /// quantized already.
  ///
  /// @param model gets types and shapes filled in where they were not known
  public static Set<String> tensors(Model model, OnnxRuntimeOptions options) {
    if (QdqPlacement.isQuantized(model.graph())) {
      return Set.of();
    }
    ShapeInference.infer(model);
    Set<String> names = new LinkedHashSet<>();
    IntegerNodes nodes = IntegerNodes.of(model.graph(), options, Map.of());
    // Where a neighbour turns float, a moved tensor has no other's range to take.
    IntegerTensors.of(model.graph(), nodes)
        .origins()
        .keySet()
        .forEach(value -> {
          if (IntegerTensors.fixedRange(value).isEmpty()) {
            names.add(value.name());
          }
        });
    return names;
  }

  /// The nodes that run in integers, in graph order: layers, and joins between them. What only
  /// moves elements follows its neighbours and is left out. None when the model is quantized
  /// already.
  ///
  /// @param model gets types and shapes filled in where they were not known
  public static List<Node> nodes(Model model, OnnxRuntimeOptions options) {
    if (QdqPlacement.isQuantized(model.graph())) {
      return List.of();
    }
    ShapeInference.infer(model);
    IntegerNodes nodes = IntegerNodes.of(model.graph(), options, Map.of());
    return model.graph().nodes().stream()
        .filter(node -> nodes.contains(node) && !IntegerNodes.moves(node))
        .toList();
  }

  @Override
  public String name() {
    return "insert-onnxruntime-qdq";
  }

  /// Edits `model` in place and says what was done.
  ///
  /// @throws IllegalArgumentException if the opset is older than 13, or a range is negative, NaN or
  ///   infinite
  /// @throws MissingRangesException if a range is missing and the options are strict; the model is
  ///   not edited then
  @Override
  public QuantizationReport apply(Model model) {
    Graph graph = model.graph();
    if (QdqPlacement.isQuantized(graph)) {
      return QuantizationReport.alreadyQuantized();
    }
    NeededOpset.require(model, NeededOpset.PER_CHANNEL, "quantization per channel");
    ShapeInference.infer(model);
    Map<Node, String> unusable = new LinkedHashMap<>();
    IntegerNodes nodes = IntegerNodes.of(graph, options, unusable);
    Map<Value, Value> origins = IntegerTensors.of(graph, nodes).origins();
    requireRanges(nodes, origins);
    while (leaveFloat(nodes, origins, unusable)) {
      nodes = IntegerNodes.of(graph, options, unusable);
      origins = IntegerTensors.of(graph, nodes).origins();
    }
    Map<Value, AsymmetricRange> found = new LinkedHashMap<>();
    for (Map.Entry<Value, Value> each : origins.entrySet()) {
      found.put(each.getKey(), range(nodes, each.getValue()).orElseThrow());
    }
    QuantizationReport report = report(graph, nodes, origins, found);
    new IntegerInsertion(graph, nodes, found).run();
    return report;
  }

  private void requireRanges(IntegerNodes nodes, Map<Value, Value> origins) {
    if (!options.strict()) {
      return;
    }
    List<String> missing =
        origins.values().stream()
            .filter(origin -> range(nodes, origin).isEmpty())
            .map(Value::name)
            .distinct()
            .toList();
    if (!missing.isEmpty()) {
      throw new MissingRangesException(missing);
    }
  }

  /// Adds the integer nodes that touch a tensor without a scale.
  ///
  /// @return whether it added one
  private boolean leaveFloat(
      IntegerNodes nodes, Map<Value, Value> origins, Map<Node, String> unusable) {
    int before = unusable.size();
    origins.forEach((value, origin) ->
        problem(nodes, origin)
            .ifPresent(problem -> {
              String reason = "its tensor '%s' %s".formatted(value.name(), problem);
              nodes.producer(value).ifPresent(node -> unusable.putIfAbsent(node, reason));
              value.uses().stream()
                  .filter(nodes::isIntegerRead)
                  .forEach(use -> unusable.putIfAbsent(nodes.owner(use.node()), reason));
            }));
    return unusable.size() > before;
  }

  private Optional<String> problem(IntegerNodes nodes, Value origin) {
    Optional<AsymmetricRange> range = range(nodes, origin);
    if (range.isEmpty()) {
      return Optional.of("has no range");
    }
    return range.get().scale() == 0
        ? Optional.of("is always zero: its range gives no scale")
        : Optional.empty();
  }

  private Optional<AsymmetricRange> range(IntegerNodes nodes, Value origin) {
    return IntegerTensors.fixedRange(origin)
        .or(() ->
            ranges
                .asymmetric(origin.name())
                .map(range ->
                    nodes.onlyHardSwishReads(origin)
                        ? new AsymmetricRange(
                            Math.max(range.low(), HardSwish.ZERO_BELOW), range.high())
                        : range));
  }

  private static QuantizationReport report(
      Graph graph,
      IntegerNodes nodes,
      Map<Value, Value> origins,
      Map<Value, AsymmetricRange> ranges) {
    List<String> layers =
        graph.nodes().stream()
            .filter(node -> nodes.layers().containsKey(node))
            .map(Node::describe)
            .toList();
    List<QuantizedActivation> activations = new ArrayList<>();
    ranges.forEach((value, range) -> {
      Value origin = origins.getOrDefault(value, value);
      activations.add(
          new QuantizedActivation(
              value.name(), range.scale(), origin == value ? List.of() : List.of(origin.name())));
    });
    List<LeftFloat> leftFloat = nodes.leftFloat();
    return new QuantizationReport(layers, activations, leftFloat, List.of());
  }
}
