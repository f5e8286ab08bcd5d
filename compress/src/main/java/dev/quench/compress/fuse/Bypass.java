// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;

/// Removes a node whose first output duplicates an existing value.
///
/// Its readers then read that value. A graph output must keep its name, so the producer of the
/// existing value then produces the output instead. If that is impossible (the existing value is a
/// graph input, a graph output, a constant or belongs to an outer graph), the node stays.
final class Bypass {
  private Bypass() {}

  /// @return false, with the graph unchanged, if the node must stay
  static boolean take(Node node, Value source) {
    Value output = node.output(0);
    if (output.isAbsent()
        || source.isAbsent()
        || node.outputs().stream().skip(1).anyMatch(o -> o.isPresent() && !o.isUnused())) {
      return false;
    }
    return output.isGraphOutput() ? handOver(node, source, output) : redirect(node, source, output);
  }

  /// Whether every reader of `from` also sees `to` under its own name.
  static boolean isVisibleToReaders(Value from, Value to) {
    for (Use use : from.uses()) {
      if (use.node().graph().resolve(to.name()).orElse(null) != to) {
        return false;
      }
    }
    return true;
  }

  private static boolean redirect(Node node, Value source, Value output) {
    if (!output.quantizationAnnotation().isEmpty() || !isVisibleToReaders(output, source)) {
      return false;
    }
    node.graph().replaceUses(output, source);
    if (source.type().isEmpty()) {
      source.setType(output.type().orElse(null));
    }
    node.graph().remove(node);
    return true;
  }

  private static boolean handOver(Node node, Value source, Value output) {
    Graph graph = node.graph();
    Node producer = source.producer().orElse(null);
    if (producer == null
        || source.graph() != graph
        || source.isGraphOutput()
        || !source.quantizationAnnotation().isEmpty()
        || !isVisibleToReaders(source, output)) {
      return false;
    }
    node.truncateInputs(0);
    graph.replaceUses(source, output);
    int index = source.outputIndex();
    graph.adoptOutput(producer, index, output);
    graph.remove(node);
    return true;
  }
}
