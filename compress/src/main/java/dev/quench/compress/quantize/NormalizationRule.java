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
      boolean written = value.uses().stream().anyMatch(use -> use.node().is("ReduceMean"));
      for (Use use : value.uses()) {
        Node reader = use.node();
        if (reader.is("LayerNormalization") || (written && isBeginning(reader))) {
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

  /// Of a normalization written out: x − mean(x).
  private static boolean isBeginning(Node node) {
    return node.is("ReduceMean")
        || (node.is("Sub")
            && node.input(1).producer().filter(mean -> mean.is("ReduceMean")).isPresent());
  }
}
