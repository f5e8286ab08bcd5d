// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.compress.quantize.QuantizationReport.QuantizedActivation;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One edit of one graph by [InsertQdq]: everything has been decided and checked before.
final class QdqInsertion {
  /// Shared weights are quantized once for each axis that their readers need.
  private record WeightKey(Value weights, OptionalInt axis) {}

  private final Graph graph;
  private final QdqPlacement placement;
  private final ActivationScales scales;
  private final QdqOptions options;
  private final Map<WeightKey, Value> dequantizedWeights = new HashMap<>();
  private @Nullable Value zeroPoint;

  QdqInsertion(Graph graph, QdqPlacement placement, ActivationScales scales, QdqOptions options) {
    this.graph = graph;
    this.placement = placement;
    this.scales = scales;
    this.options = options;
  }

  QuantizationReport run() {
    Set<Node> readers = Collections.newSetFromMap(new IdentityHashMap<>());
    List<LeftFloat> leftFloat = new ArrayList<>(placement.leftFloat());
    List<QuantizedActivation> activations = new ArrayList<>();
    placement
        .activations()
        .forEach((value, uses) -> {
          Tensor scale = scales.byTensor().get(value);
          if (scale == null) {
            String reason =
                "its input '%s' %s".formatted(value.name(), scales.unusable().get(value));
            uses.forEach(use -> leftFloat.add(new LeftFloat(use.node().describe(), reason)));
            return;
          }
          quantizeActivation(value, scale, uses);
          uses.forEach(use -> readers.add(use.node()));
          activations.add(
              new QuantizedActivation(
                  value.name(),
                  scale.doubleAt(0),
                  scales.sharedWith().getOrDefault(value, List.of())));
        });
    for (QuantizableLayer layer : placement.layers()) {
      if (readers.contains(layer.node())) {
        quantizeWeights(layer);
      }
    }
    List<String> layers =
        graph.nodes().stream().filter(readers::contains).map(Node::describe).toList();
    return new QuantizationReport(layers, activations, leftFloat, placement.notes());
  }

  private void quantizeActivation(Value value, Tensor scale, List<Use> uses) {
    Value scaleValue = graph.addConstant(value.name() + "_scale", scale);
    Value dequantized = QuantizerPair.insert(graph, value, scaleValue, zeroPoint()).result();
    uses.forEach(use -> use.node().setInput(use.inputIndex(), dequantized));
  }

  private void quantizeWeights(QuantizableLayer layer) {
    Value weights = layer.weightsValue();
    WeightKey key = new WeightKey(weights, layer.axis());
    Value dequantized = dequantizedWeights.get(key);
    if (dequantized == null) {
      dequantized = dequantize(layer, weights);
      dequantizedWeights.put(key, dequantized);
    }
    layer.node().setInput(1, dequantized);
    ConstantOperand.removeIfUnused(graph, weights);
  }

  private Value dequantize(QuantizableLayer layer, Value weights) {
    Tensor scale = WeightQuantizer.scales(layer.weights(), layer.axis());
    if (options.weightsAsInt8()) {
      return DequantizedWeights.insert(graph, layer, scale);
    }
    String name = weights.name();
    Value scaleValue = graph.addConstant(name + "_scale", scale);
    Value zeroPoints = graph.addConstant(name + "_zero_point", WeightQuantizer.zeroPoints(scale));
    NodeBuilder quantize =
        NodeBuilder.of("QuantizeLinear")
            .name(graph.uniqueNodeName(name + "_QuantizeLinear"))
            .inputs(weights, scaleValue, zeroPoints)
            .output(
                graph.uniqueName(name + "_quantized"),
                ValueType.tensor(DataType.INT8, layer.weights().shape()));
    layer.axis().ifPresent(axis -> quantize.attribute("axis", axis));
    Value quantized = graph.insertBefore(layer.node(), quantize).output(0);
    return DequantizedWeights.insert(graph, layer, quantized, scaleValue, zeroPoints);
  }

  private Value zeroPoint() {
    if (zeroPoint == null) {
      zeroPoint = graph.addConstant("activation_zero_point", Tensor.ofInt8(Shape.SCALAR, (byte) 0));
    }
    return zeroPoint;
  }
}
