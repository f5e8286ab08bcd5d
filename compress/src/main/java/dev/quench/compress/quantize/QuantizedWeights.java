// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A layer of a quantized model whose weights are an INT8 initializer, beside the layer of the
/// float model that it came from. Both have an output of the same name.
///
/// @param node reads the weights dequantized
/// @param dequantizer of the weights
/// @param original the node of the float model
/// @param weights of the float model
/// @param axis of the scales in the weights; empty for one scale in all
public record QuantizedWeights(
    Node node, Node dequantizer, Node original, Tensor weights, OptionalInt axis) {

  /// @return the layers in graph order; without those that share their weights with another
  public static List<QuantizedWeights> of(Model quantized, Model original) {
    List<QuantizedWeights> found = new ArrayList<>();
    for (Node node : quantized.graph().nodes()) {
      of(node, original.graph()).ifPresent(found::add);
    }
    return found;
  }

  private static Optional<QuantizedWeights> of(Node node, Graph original) {
    if (!(node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul"))
        || node.input(1).isAbsent()
        || !node.input(1).hasSingleUse()) {
      return Optional.empty();
    }
    Node dequantizer =
        node.input(1).producer().filter(each -> each.is("DequantizeLinear")).orElse(null);
    if (dequantizer == null
        || dequantizer.input(0).initializer().filter(w -> w.dataType() == DataType.INT8).isEmpty()
        || dequantizer.input(1).constant().isEmpty()) {
      return Optional.empty();
    }
    Node before =
        original
            .value(node.output(0).name())
            .flatMap(Value::producer)
            .filter(other -> other.opType().equals(node.opType()))
            .orElse(null);
    Tensor weights =
        before == null || before.input(1).isAbsent()
            ? null
            : before.input(1).constant().orElse(null);
    if (before == null
        || weights == null
        || !weights.shape().equals(dequantizer.input(0).initializer().orElseThrow().shape())) {
      return Optional.empty();
    }
    boolean perChannel = dequantizer.input(1).constant().orElseThrow().shape().rank() == 1;
    return Optional.of(
        new QuantizedWeights(
            node,
            dequantizer,
            before,
            weights,
            perChannel
                ? OptionalInt.of(Math.toIntExact(dequantizer.intAttribute("axis", 1)))
                : OptionalInt.empty()));
  }

  public Tensor quantized() {
    return dequantizer.input(0).initializer().orElseThrow();
  }

  /// One for each index of [#axis], or a single one.
  public Tensor scales() {
    return dequantizer.input(1).constant().orElseThrow();
  }

  public void replace(Tensor int8) {
    Graph graph = dequantizer.graph();
    Value old = dequantizer.input(0);
    if (old.hasSingleUse()) {
      graph.setInitializer(old, int8);
    } else {
      dequantizer.setInput(0, graph.addConstant(old.name(), int8));
    }
  }
}
