// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.binary.TrainingOps;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The operators that the trainer supports, with their gradients.
final class OperationTable {
  /// Compiles a node to an operation and requests a slot for each value it reads.
  @FunctionalInterface
  interface NodeCompiler {
    Operation compile(Node node, Slots slots);
  }

  private static final Map<String, NodeCompiler> ONNX = onnx();

  private OperationTable() {}

  /// @throws UnsupportedOperatorException naming the node and the supported operators
  static Operation compile(Node node, Slots slots) {
    if (TrainingOps.isBinarize(node)) {
      return BinaryOperations.binarize(node, slots);
    }
    if (TrainingOps.isSign(node)) {
      return BinaryOperations.sign(node, slots);
    }
    if (TrainingOps.isShiftNormalization(node)) {
      return BinaryOperations.shiftNormalization(node, slots);
    }
    if (QuantizationNodes.is(node)) {
      return TrainedQuantizers.compile(node, slots);
    }
    NodeCompiler compiler = node.domain().isEmpty() ? ONNX.get(node.opType()) : null;
    if (compiler == null) {
      throw new UnsupportedOperatorException(
          node,
          "the trainer does not support it; supported operators: " + String.join(", ", known()));
    }
    return compiler.compile(node, slots);
  }

  /// Names of the supported operators, sorted.
  static Set<String> known() {
    return Collections.unmodifiableSet(ONNX.keySet());
  }

  private static Map<String, NodeCompiler> onnx() {
    Map<String, NodeCompiler> table = new TreeMap<>();
    LayerOperations.register(table);
    PoolingOperations.register(table);
    ActivationOperations.register(table);
    ArithmeticOperations.register(table);
    LayoutOperations.register(table);
    IndexOperations.register(table);
    NormalizationOperations.register(table);
    QuantizationOperations.register(table);
    return table;
  }
}
