// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.compress.quantize.QuantizedWeights;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// The bias of a layer on an integer kernel of ONNX Runtime: INT32 at the scale of the sums, which
/// is that of the input times that of the channel's weights.
final class IntegerBias {
  /// Leaves the sums room in 32 bits.
  private static final double LARGEST = 1 << 30;

  private IntegerBias() {}

  /// Whether a layer takes its bias so: it reads UINT8.
  static boolean isOn(Node layer) {
    return dequantizer(layer.input(0))
        .filter(node -> node.input(2).isPresent())
        .flatMap(node -> node.input(2).constant())
        .filter(zeroPoint -> zeroPoint.dataType() == DataType.UINT8)
        .isPresent();
  }

  /// Whether [#shift] can change it: it is absent, or this layer alone reads it.
  static boolean isAdjustable(Node layer, long channels) {
    Value bias = layer.input(2);
    return bias.isAbsent()
        || (bias.hasSingleUse()
            && dequantizer(bias)
                .filter(node -> node.input(2).isAbsent())
                .filter(node -> isOf(node.input(0), DataType.INT32, channels))
                .filter(node -> isOf(node.input(1), DataType.FLOAT, channels))
                .isPresent());
  }

  private static boolean isOf(Value value, DataType type, long channels) {
    return value
        .constant()
        .filter(tensor -> tensor.dataType() == type)
        .filter(tensor -> tensor.shape().equals(Shape.of(channels)))
        .isPresent();
  }

  private static Optional<Node> dequantizer(Value value) {
    return value.isAbsent()
        ? Optional.empty()
        : value.producer().filter(node -> node.is("DequantizeLinear"));
  }

  /// Adds to the bias of each channel, rounded to the scale of the sums. A channel whose bias would
  /// overflow stays as it is.
  static void shift(QuantizedWeights layer, double[] by) {
    Node node = layer.node();
    float[] scales =
        node.input(2).isAbsent()
            ? scales(layer, by.length)
            : dequantizer(node.input(2)).orElseThrow().input(1).constant().orElseThrow().toFloats();
    int[] biases = new int[by.length];
    for (int c = 0; c < biases.length; c++) {
      int old = node.input(2).isAbsent() ? 0 : (int) levels(node).longAt(c);
      double shifted = Math.rint(old + by[c] / scales[c]);
      biases[c] = Math.abs(shifted) <= LARGEST ? (int) shifted : old;
    }
    store(node, Tensor.ofInts(Shape.of(biases.length), biases), scales);
  }

  private static Tensor levels(Node layer) {
    return dequantizer(layer.input(2)).orElseThrow().input(0).constant().orElseThrow();
  }

  private static float[] scales(QuantizedWeights layer, int channels) {
    Node input = dequantizer(layer.node().input(0)).orElseThrow();
    float read = (float) input.input(1).constant().orElseThrow().doubleAt(0);
    float[] scales = new float[channels];
    for (int c = 0; c < channels; c++) {
      scales[c] = read * (float) layer.scales().doubleAt(layer.axis().isPresent() ? c : 0);
    }
    return scales;
  }

  private static void store(Node layer, Tensor biases, float[] scales) {
    Graph graph = layer.graph();
    if (layer.input(2).isPresent()) {
      Node dequantizer = dequantizer(layer.input(2)).orElseThrow();
      Value old = dequantizer.input(0);
      if (old.isInitializer() && old.hasSingleUse()) {
        graph.setInitializer(old, biases);
      } else {
        dequantizer.setInput(0, graph.addConstant(old.name(), biases));
      }
      return;
    }
    String name = layer.output(0).name() + "_bias";
    layer.setInput(
        2,
        graph
            .insertBefore(
                layer,
                NodeBuilder.of("DequantizeLinear")
                    .name(graph.uniqueNodeName(name + "_DequantizeLinear"))
                    .attribute("axis", 0)
                    .inputs(
                        graph.addConstant(name + "_quantized", biases),
                        graph.addConstant(name + "_scale", Tensor.ofFloats(biases.shape(), scales)))
                    .output(
                        graph.uniqueName(name + "_dequantized"),
                        ValueType.tensor(DataType.FLOAT, biases.shape())))
            .output(0));
  }
}
