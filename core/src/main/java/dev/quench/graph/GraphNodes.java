// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.List;

/// The nodes of one graph in execution order, and what ties them to values: which node produces a
/// value, which inputs use it.
final class GraphNodes {
  private final Graph graph;
  private final ValueTable values;
  private final TreeNames namesOfTree;
  private final NodeList nodes = new NodeList();

  /// @param namesOfTree of nodes, not of values
  GraphNodes(Graph graph, ValueTable values, TreeNames namesOfTree) {
    this.graph = graph;
    this.values = values;
    this.namesOfTree = namesOfTree;
  }

  /// In execution order; a live view.
  List<Node> list() {
    return nodes;
  }

  void reorder(List<Node> sorted) {
    nodes.reorder(sorted);
  }

  Node append(NodeBuilder builder) {
    Node node = create(builder);
    nodes.append(node);
    return node;
  }

  Node insertBefore(Node anchor, NodeBuilder builder) {
    requireMember(anchor);
    Node node = create(builder);
    nodes.addBefore(anchor, node);
    return node;
  }

  Node insertAfter(Node anchor, NodeBuilder builder) {
    requireMember(anchor);
    Node node = create(builder);
    nodes.addAfter(anchor, node);
    return node;
  }

  void remove(Node node) {
    requireMember(node);
    for (Value output : node.outputs) {
      if (output.isPresent() && !output.isUnused()) {
        throw new IllegalStateException(
            "cannot remove " + node.describe() + ": output " + output + " is still used");
      }
    }
    node.nestedGraphs().forEach(Graph::releaseUses);
    nodes.removeNode(node);
    discard(node);
  }

  private void discard(Node node) {
    node.truncateInputs(0);
    for (Value output : node.outputs) {
      if (output.isPresent()) {
        values.remove(output);
      }
    }
    node.graph = null;
  }

  /// Drops all uses of values by these nodes and by the graphs that they nest.
  void releaseUses() {
    for (Node node : nodes) {
      node.nestedGraphs().forEach(Graph::releaseUses);
      node.truncateInputs(0);
    }
  }

  void adoptOutput(Node node, int index, Value value) {
    Value former = node.output(index);
    if (former.isPresent() && !former.isUnused()) {
      throw new IllegalStateException(
          node.describe() + ": output " + former + " is still used and cannot be given up");
    }
    if (former.isPresent()) {
      values.remove(former);
    }
    if (value.producer != null) {
      value.producer.outputs.set(value.outputIndex, Value.ABSENT);
    }
    while (node.outputs.size() <= index) {
      node.outputs.add(Value.ABSENT);
    }
    node.outputs.set(index, value);
    value.producer = node;
    value.outputIndex = index;
  }

  private Node create(NodeBuilder builder) {
    Node node = builder.build(graph, values);
    if (builder.checked) {
      List<String> problems = NodeRules.problemsOf(node);
      if (!problems.isEmpty()) {
        discard(node);
        throw new IllegalArgumentException(problems.getFirst());
      }
    }
    namesOfTree.add(node.name());
    return node;
  }

  private void requireMember(Node node) {
    if (!nodes.holds(node)) {
      throw new IllegalArgumentException(
          node.describe() + " is not in graph '" + graph.name() + "'");
    }
  }
}
