// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.graph.Node;
import dev.quench.run.BackendException;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Optional;
import java.util.function.LongPredicate;

/// Constants on which kernels of ONNX Runtime 1.29 end the process. Of tensors that are computed,
/// the values are unknown before the run and not checked.
final class FatalConstants {
  private FatalConstants() {}

  /// @throws BackendException if the node reads such a constant
  static void check(Node node) {
    if (!node.domain().isEmpty()) {
      return;
    }
    switch (node.opType()) {
      case "Div", "Mod" -> checkDivision(node);
      case "SplitToSequence" -> {
        if (holds(node, 1, size -> size < 1)) {
          throw refusal(node, "splits into parts of no element");
        }
      }
      default -> {
        // no constant ends the process
      }
    }
  }

  /// The quotient of the smallest integer and -1 is out of range: the processor raises an
  /// exception.
  private static void checkDivision(Node node) {
    DataType type = node.input(0).constant().map(Tensor::dataType).orElse(DataType.FLOAT);
    if (type != DataType.INT32 && type != DataType.INT64) {
      return;
    }
    long smallest = type == DataType.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
    if (holds(node, 0, value -> value == smallest) && holds(node, 1, value -> value == -1)) {
      throw refusal(node, "divides %d by -1, which %s cannot hold".formatted(smallest, type));
    }
  }

  private static boolean holds(Node node, int input, LongPredicate test) {
    if (node.inputs().size() <= input) {
      return false;
    }
    Optional<Tensor> constant = node.input(input).constant();
    if (constant.isEmpty()) {
      return false;
    }
    Tensor tensor = constant.get();
    for (long i = 0; i < tensor.elements(); i++) {
      if (test.test(tensor.longAt(i))) {
        return true;
      }
    }
    return false;
  }

  private static BackendException refusal(Node node, String what) {
    return new BackendException(
        "%s cannot run the model: %s %s".formatted(OnnxRuntimeBackend.NAME, node.describe(), what));
  }
}
