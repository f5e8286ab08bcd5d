// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import java.util.List;

/// Replaces a node by one of another operator.
public final class Replacement {
  private Replacement() {}

  /// Replaces `node` by a new node with the same name, inputs, attributes and outputs.
  public static Node of(Node node, String opType) {
    Graph graph = node.graph();
    NodeBuilder builder = NodeBuilder.of(opType).name(node.name()).inputs(node.inputs());
    node.attributes().forEach(builder::attribute);
    List<Value> outputs = List.copyOf(node.outputs());
    for (Value output : outputs) {
      ValueType type = output.type().orElse(null);
      builder.output(output.isAbsent() ? "" : graph.uniqueName(output.name()), type);
    }
    Node replacement = graph.insertBefore(node, builder);
    replacement.setDocString(node.docString());
    replacement.metadata().putAll(node.metadata());
    for (int i = 0; i < outputs.size(); i++) {
      if (outputs.get(i).isPresent()) {
        graph.adoptOutput(replacement, i, outputs.get(i));
      }
    }
    graph.remove(node);
    return replacement;
  }
}
