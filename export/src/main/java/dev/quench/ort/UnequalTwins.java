// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Nodes that common subexpression elimination in ONNX Runtime 1.29 mistakes for duplicates: same
/// operator and inputs, but a different number of outputs, which decides what `Split` without sizes
/// and `BatchNormalization` before opset 14 compute.
final class UnequalTwins {
  /// Compares inputs by identity.
  private record Call(String domain, String opType, List<Value> inputs) {}

  private UnequalTwins() {}

  static boolean areIn(Model model) {
    return areIn(model.graph())
        || model.functions().stream().anyMatch(function -> areIn(function.body()));
  }

  private static boolean areIn(Graph graph) {
    Map<Call, Integer> outputs = new HashMap<>();
    for (Node node : graph.allNodes()) {
      int count = (int) node.outputs().stream().filter(Value::isPresent).count();
      Call call = new Call(node.domain(), node.opType(), node.inputs());
      Integer other = outputs.putIfAbsent(call, count);
      if (other != null && other != count) {
        return true;
      }
    }
    return false;
  }
}
