// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import java.util.ArrayDeque;
import java.util.Deque;

/// Which convolutions stay float because a layer normalization alone reads them, as behind the
/// patches of a vision transformer.
///
/// The normalization runs in float and in another layout: an INT8 convolution in front of it costs
/// a reformat and gains nothing. Source: NVIDIA Model-Optimizer, pull request 1117.
final class NormalizationRule {
  private NormalizationRule() {}

  /// Whether layer normalizations, written as one node or beginning with a mean, and nothing else
  /// read what `node` computes.
  static boolean leavesFloat(Node node) {
    if (!node.is("Conv")) {
      return false;
    }
    boolean normalized = false;
    Deque<Value> waiting = new ArrayDeque<>();
    waiting.add(node.output(0));
    while (!waiting.isEmpty()) {
      Value value = waiting.remove();
      if (value.isGraphOutput()) {
        return false;
      }
      boolean centred = value.uses().stream().anyMatch(use -> centres(use.node(), value));
      for (Use use : value.uses()) {
        Node reader = use.node();
        if (reader.is("LayerNormalization") || (centred && begins(reader, value))) {
          normalized = true;
        } else if (Commuting.is(reader) && use.inputIndex() == 0 && !reader.is("MaxPool")) {
          reader.outputs().stream().filter(Value::isPresent).forEach(waiting::add);
        } else {
          return false;
        }
      }
    }
    return normalized;
  }

  /// Whether a node belongs to `value` − mean(`value`), with which a written-out one begins.
  private static boolean begins(Node node, Value value) {
    return node.is("ReduceMean") || centres(node, value);
  }

  private static boolean centres(Node node, Value value) {
    return node.is("Sub")
        && node.input(0) == value
        && node.input(1)
            .producer()
            .filter(mean -> mean.is("ReduceMean") && mean.input(0) == value)
            .isPresent();
  }
}
