// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.Tensor;

/// The `DequantizeLinear` that a quantized layer reads its weights through.
public final class DequantizedWeights {
  private DequantizedWeights() {}

  /// Adds INT8 weights as an initializer, and their dequantizer in front of the layer.
  ///
  /// @param scales of [WeightQuantizer#scales], or larger
  /// @return what the layer is to read
  public static Value insert(Graph graph, QuantizableLayer layer, Tensor scales) {
    String name = layer.weightsValue().name();
    Value scale = graph.addConstant(name + "_scale", scales);
    Value zeroPoint = graph.addConstant(name + "_zero_point", WeightQuantizer.zeroPoints(scales));
    Value quantized =
        graph.addConstant(
            name + "_quantized", WeightQuantizer.quantize(layer.weights(), scales, layer.axis()));
    return insert(graph, layer, quantized, scale, zeroPoint);
  }

  /// Adds the dequantizer alone.
  static Value insert(
      Graph graph, QuantizableLayer layer, Value quantized, Value scale, Value zeroPoint) {
    String name = layer.weightsValue().name();
    NodeBuilder dequantize =
        NodeBuilder.of("DequantizeLinear")
            .name(graph.uniqueNodeName(name + "_DequantizeLinear"))
            .inputs(quantized, scale, zeroPoint)
            .output(
                graph.uniqueName(name + "_dequantized"),
                ValueType.tensor(layer.weights().dataType(), layer.weights().shape()));
    layer.axis().ifPresent(axis -> dequantize.attribute("axis", axis));
    return graph.insertBefore(layer.node(), dequantize).output(0);
  }
}
