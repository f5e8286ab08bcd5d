// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The original with zeros in place of the channels that are cut, wherever something sums over
/// them: what the pruned model must compute.
///
/// Every path of a channel ends in a sum over channels, else it would be frozen; so this holds for
/// every activation, also for those that make something of zero.
public final class MaskedModel {
  private MaskedModel() {}

  /// @param cut not yet applied
  /// @return a copy of its model with a factor of 0 or 1 in front of every sum that loses channels
  public static Model of(Cut cut) {
    Model masked = cut.structure().model().copy();
    List<Node> originals = cut.structure().model().graph().nodes();
    List<Node> copies = List.copyOf(masked.graph().nodes());
    for (Contraction sum : cut.structure().contractions()) {
      Value data = sum.node().input(sum.input());
      if (cut.isCut(data, sum.axis())) {
        mask(masked.graph(), copies.get(originals.indexOf(sum.node())), sum, cut);
      }
    }
    return masked;
  }

  private static void mask(Graph graph, Node node, Contraction sum, Cut cut) {
    Value original = sum.node().input(sum.input());
    Value data = node.input(sum.input());
    int size = cut.structure().classes(original, sum.axis()).length;
    float[] factors = new float[size];
    for (int index : cut.kept(original, sum.axis())) {
      factors[index] = 1;
    }
    List<Dim> dims = new ArrayList<>();
    dims.add(Dim.of(size));
    for (int axis = sum.axis() + 1; axis < original.shape().orElseThrow().rank(); axis++) {
      dims.add(Dim.of(1));
    }
    DataType type = original.dataType().orElse(DataType.FLOAT);
    Value mask = graph.addConstant(data.name() + "_mask", tensor(type, new Shape(dims), factors));
    Value product =
        graph
            .insertBefore(
                node,
                NodeBuilder.of("Mul")
                    .name(graph.uniqueNodeName(data.name() + "_masked"))
                    .inputs(data, mask)
                    .output(graph.uniqueName(data.name() + "_masked"), data.type().orElse(null)))
            .output(0);
    node.setInput(sum.input(), product);
  }

  /// Zeros and ones, which every type has.
  private static Tensor tensor(DataType type, Shape shape, float[] factors) {
    return switch (type) {
      case DOUBLE -> {
        double[] wide = new double[factors.length];
        for (int i = 0; i < wide.length; i++) {
          wide[i] = factors[i];
        }
        yield Tensor.ofDoubles(shape, wide);
      }
      case FLOAT16, BFLOAT16 -> {
        int one = type == DataType.FLOAT16 ? 0x3C00 : 0x3F80;
        byte[] bytes = new byte[2 * factors.length];
        for (int i = 0; i < factors.length; i++) {
          int bits = factors[i] == 0 ? 0 : one;
          bytes[2 * i] = (byte) bits;
          bytes[2 * i + 1] = (byte) (bits >> 8);
        }
        yield Tensor.of(type, shape, MemorySegment.ofArray(bytes));
      }
      default -> Tensor.ofFloats(shape, factors);
    };
  }
}
