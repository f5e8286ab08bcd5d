// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.binary.LowerBinary;
import dev.quench.compress.train.quantize.LowerQuantization;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.List;

/// Converts a trained model to its exported form: plain ONNX that computes the same as the
/// trainer's evaluation.
public final class TrainedModel {
  private TrainedModel() {}

  /// Lowers binary and ternary weights to initializers of exactly those values, quantizers of
  /// [LowerQuantization] to plain nodes, and float weights before a `QuantizeLinear` to INT8
  /// initializers.
  ///
  /// @param model edited in place
  /// @throws IllegalArgumentException if an observer has seen no batch or the opset is too old
  public static void lower(Model model) {
    new LowerBinary().apply(model);
    new LowerQuantization().apply(model);
    Graph graph = model.graph();
    for (Node node : List.copyOf(graph.nodes())) {
      if (node.is("QuantizeLinear")
          && node.input(0).initializer().isPresent()
          && node.input(2).constant().filter(z -> z.dataType() == DataType.INT8).isPresent()) {
        storeQuantized(graph, node);
      }
    }
  }

  /// Divides in float, rounds half to even and saturates, like the operator.
  private static void storeQuantized(Graph graph, Node node) {
    Value weights = node.input(0);
    Tensor tensor = weights.initializer().orElseThrow();
    float[] scales = node.input(1).constant().orElseThrow().toFloats();
    long zeroPoint = node.input(2).constant().orElseThrow().longAt(0);
    long inner = 1;
    long axis = node.intAttribute("axis", 1);
    int rank = tensor.shape().rank();
    for (int i = Math.toIntExact(axis < 0 ? axis + rank : axis) + 1; i < rank; i++) {
      inner *= tensor.shape().size(i);
    }
    float[] values = tensor.toFloats();
    byte[] quantized = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      float scale = scales.length == 1 ? scales[0] : scales[(int) (i / inner % scales.length)];
      double rounded = Math.rint(values[i] / scale) + zeroPoint;
      quantized[i] = (byte) Math.clamp(rounded, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }
    Value constant =
        graph.addConstant(weights.name() + "_int8", Tensor.ofInt8(tensor.shape(), quantized));
    graph.replaceUses(node.output(0), constant);
    graph.remove(node);
    if (weights.isUnused()) {
      graph.removeInitializer(weights);
    }
  }
}
