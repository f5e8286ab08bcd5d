// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import java.util.Map;
import java.util.TreeMap;

/// How many nodes of each type a model has, nested graphs included.
public final class OpCounts {
  private OpCounts() {}

  public static Map<String, Integer> of(Model model) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Node node : model.graph().allNodes()) {
      counts.merge(name(node), 1, Integer::sum);
    }
    return counts;
  }

  /// The op type, after its domain unless that is ONNX's own.
  static String name(Node node) {
    return node.domain().isEmpty() ? node.opType() : node.domain() + "::" + node.opType();
  }
}
