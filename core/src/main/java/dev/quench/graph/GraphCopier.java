// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.graph.AttributeValue.GraphValue;
import dev.quench.graph.AttributeValue.Graphs;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/// Copies a graph with everything nested in it; tensors are shared.
final class GraphCopier {
  private final IdentityHashMap<Value, Value> copies = new IdentityHashMap<>();

  private GraphCopier() {}

  static Graph copy(Graph root) {
    Graph copy = new Graph(root.name(), root.opsets());
    new GraphCopier().fill(root, copy);
    return copy;
  }

  private void fill(Graph from, Graph to) {
    to.copyFields(from);
    for (Value input : from.inputs()) {
      remember(input, to.addInput(input.name(), input.type().orElse(null)));
    }
    for (Value value : from.initializers()) {
      value.initializer().ifPresent(t -> remember(value, to.addInitializer(value.name(), t)));
      value
          .sparseInitializer()
          .ifPresent(t -> remember(value, to.addSparseInitializer(value.name(), t)));
    }
    // Outputs before inputs: in a graph that is not sorted yet, a node may read the output of a
    // later one.
    List<Node> nodes = new ArrayList<>();
    for (Node node : from.nodes()) {
      NodeBuilder builder =
          NodeBuilder.of(node.opType())
              .unchecked()
              .domain(node.domain())
              .overload(node.overload())
              .name(node.name());
      for (Value output : node.outputs()) {
        builder.output(output.name(), output.type().orElse(null));
      }
      Node copy = to.append(builder);
      for (int i = 0; i < node.outputs().size(); i++) {
        if (node.output(i).isPresent()) {
          remember(node.output(i), copy.output(i));
        }
      }
      nodes.add(copy);
    }
    for (int i = 0; i < nodes.size(); i++) {
      fill(from.nodes().get(i), nodes.get(i), to);
    }
    for (Value output : from.outputs()) {
      to.addOutput(copyOf(output));
    }
  }

  private void fill(Node from, Node to, Graph target) {
    to.copyFields(from);
    for (int i = 0; i < from.inputs().size(); i++) {
      to.setInput(i, copyOf(from.input(i)));
    }
    from.attributes().forEach((name, value) -> to.setAttribute(name, copyOf(value, target)));
  }

  private AttributeValue copyOf(AttributeValue value, Graph parent) {
    return switch (value) {
      case GraphValue(Graph nested) -> new GraphValue(nest(nested, parent));
      case Graphs(List<Graph> nested) -> {
        List<Graph> copied = new ArrayList<>();
        for (Graph each : nested) {
          copied.add(nest(each, parent));
        }
        yield new Graphs(copied);
      }
      default -> value;
    };
  }

  private Graph nest(Graph nested, Graph parent) {
    Graph copy = new Graph(nested.name(), parent);
    fill(nested, copy);
    return copy;
  }

  private void remember(Value from, Value to) {
    to.setType(from.type().orElse(null));
    to.setDocString(from.docString());
    to.metadata().putAll(from.metadata());
    to.quantizationAnnotation().putAll(from.quantizationAnnotation());
    copies.put(from, to);
  }

  private Value copyOf(Value value) {
    return value.isAbsent() ? Value.ABSENT : copies.getOrDefault(value, value);
  }
}
