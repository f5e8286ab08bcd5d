// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Set;

/// Which tensors provably hold no values below 0.
final class NonNegative {
  private static final Set<String> SOURCES =
      Set.of("Relu", "Sigmoid", "Softmax", "HardSigmoid", "Softplus", "Exp", "Abs");
  private static final Set<String> KEEP =
      Set.of(
          "MaxPool",
          "AveragePool",
          "GlobalAveragePool",
          "GlobalMaxPool",
          "Flatten",
          "Reshape",
          "Transpose",
          "Identity",
          "Dropout",
          "Squeeze",
          "Unsqueeze",
          "Slice");
  private static final Set<String> JOIN = Set.of("Concat", "Add", "Mul");

  private NonNegative() {}

  static boolean is(Value value) {
    Node node = value.producer().orElse(null);
    if (node == null) {
      return false;
    }
    if (QuantizationNodes.is(node)) {
      return is(node.input(0)); // a quantizer keeps signs
    }
    if (!node.domain().isEmpty()) {
      return false;
    }
    if (SOURCES.contains(node.opType())) {
      return true;
    }
    if (node.is("Clip")) {
      return node.input(1).isPresent()
          && node.input(1).constant().filter(low -> low.doubleAt(0) >= 0).isPresent();
    }
    if (KEEP.contains(node.opType())) {
      return is(node.input(0));
    }
    return JOIN.contains(node.opType()) && node.inputs().stream().allMatch(NonNegative::is);
  }
}
