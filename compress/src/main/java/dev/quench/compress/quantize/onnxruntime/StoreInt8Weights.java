// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.compress.quantize.LayerRules;
import dev.quench.compress.quantize.LayerRules.Verdict;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizableLayer;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.compress.quantize.WeightQuantizer;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Weights in INT8, arithmetic in float: the file is a quarter of the size, and nothing else
/// changes. For networks that integer kernels make no faster, such as small depthwise ones.
///
/// Weights `W` → `Mul(Cast(W'), s)` with INT8 initializer W', one scale a channel. ONNX Runtime
/// computes both nodes once, when the session opens; it would not do so for `DequantizeLinear`,
/// which it keeps for integer kernels. Needs no ranges. Immutable.
public final class StoreInt8Weights implements Transformation<QuantizationReport> {
  /// Weights that several layers read are stored once for each axis that these need.
  private record WeightKey(Value weights, OptionalInt axis) {}

  private final NodeSelection excludedNodes;

  /// @param excludedNodes nodes whose weights to leave float
  public StoreInt8Weights(NodeSelection excludedNodes) {
    this.excludedNodes = excludedNodes;
  }

  @Override
  public String name() {
    return "store-int8-weights";
  }

  /// Edits `model` in place and says what was done.
  @Override
  public QuantizationReport apply(Model model) {
    Graph graph = model.graph();
    if (QdqPlacement.isQuantized(graph)) {
      return QuantizationReport.alreadyQuantized();
    }
    ShapeInference.infer(model);
    LayerRules rules =
        new LayerRules(
            QdqOptions.DEFAULT
                .withSmallLayers(true)
                .withDepthwise(true)
                .withExcludedNodes(excludedNodes));
    List<String> layers = new ArrayList<>();
    List<LeftFloat> leftFloat = new ArrayList<>();
    Map<WeightKey, Value> stored = new HashMap<>();
    for (Node node : List.copyOf(graph.nodes())) {
      switch (rules.judge(node)) {
        case Verdict.Quantize(QuantizableLayer layer) -> {
          layers.add(node.describe());
          Value weights = layer.weightsValue();
          WeightKey key = new WeightKey(weights, layer.axis());
          node.setInput(1, stored.computeIfAbsent(key, _ -> store(graph, layer)));
          ConstantOperand.removeIfUnused(graph, weights);
        }
        case Verdict.Leave(String reason) -> leftFloat.add(new LeftFloat(node.describe(), reason));
        case Verdict.NotALayer() -> {
          // Has no weights.
        }
      }
    }
    return new QuantizationReport(layers, List.of(), leftFloat, List.of());
  }

  private static Value store(Graph graph, QuantizableLayer layer) {
    Tensor weights = layer.weights();
    DataType type = weights.dataType();
    String name = layer.weightsValue().name();
    Tensor scales = WeightQuantizer.scales(weights, layer.axis());
    Value quantized =
        graph.addConstant(
            name + "_quantized", WeightQuantizer.quantize(weights, scales, layer.axis()));
    Value scale = graph.addConstant(name + "_scale", scales.reshape(alongAxis(layer)));
    Value cast =
        graph
            .insertBefore(
                layer.node(),
                NodeBuilder.of("Cast")
                    .name(graph.uniqueNodeName(name + "_Cast"))
                    .attribute("to", type.onnxCode())
                    .inputs(quantized)
                    .output(
                        graph.uniqueName(name + "_levels"),
                        ValueType.tensor(type, weights.shape())))
            .output(0);
    return graph
        .insertBefore(
            layer.node(),
            NodeBuilder.of("Mul")
                .name(graph.uniqueNodeName(name + "_Mul"))
                .inputs(cast, scale)
                .output(
                    graph.uniqueName(name + "_dequantized"),
                    ValueType.tensor(type, weights.shape())))
        .output(0);
  }

  /// So that the scales broadcast over the weights.
  private static Shape alongAxis(QuantizableLayer layer) {
    Shape shape = layer.weights().shape();
    long[] sizes = new long[layer.axis().isPresent() ? shape.rank() : 0];
    Arrays.fill(sizes, 1);
    layer.axis().ifPresent(axis -> sizes[axis] = shape.size(axis));
    return Shape.of(sizes);
  }
}
