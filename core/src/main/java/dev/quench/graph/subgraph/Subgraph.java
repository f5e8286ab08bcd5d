// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.subgraph;

import dev.quench.Printable;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.shape.ShapeInference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Cuts a part out of the main graph of a model.
///
/// What the part reads from outside becomes an input under the same name, of the type that shape
/// inference finds; initializers come along. Inputs that the part has no use for are dropped. The
/// model itself is not modified.
public final class Subgraph {
  private Subgraph() {}

  /// What computes `outputs` from `inputs`.
  ///
  /// @param inputs names of tensors where the part begins; inputs of the model that it reads beside
  ///   them stay inputs
  /// @param outputs names of tensors where it ends; all outputs of the model if empty
  /// @throws SubgraphException if a name is unknown or a constant, an input has no influence on the
  ///   outputs, or the type of a new input is unknown
  public static Model between(Model model, Collection<String> inputs, Collection<String> outputs) {
    Model part = model.copy();
    ShapeInference.infer(part);
    Graph graph = part.graph();
    if (!outputs.isEmpty()) {
      List<Value> wanted = outputs.stream().map(name -> tensor(graph, name)).toList();
      while (!graph.outputs().isEmpty()) {
        graph.removeOutput(graph.outputs().size() - 1);
      }
      new LinkedHashSet<>(wanted).forEach(graph::addOutput);
    }
    for (String name : new LinkedHashSet<>(inputs)) {
      cut(graph, tensor(graph, name));
    }
    removeUnread(graph);
    for (String name : inputs) {
      if (graph.inputs().stream().noneMatch(input -> input.name().equals(name))) {
        throw new SubgraphException(
            "no output depends on tensor %s; expected inputs that the part reads"
                .formatted(quoted(name)));
      }
    }
    return part;
  }

  /// The given nodes alone. What other nodes or the model's user read of them becomes an output, as
  /// does what nothing reads.
  ///
  /// @param nodes of the main graph of `model`; at least one
  /// @throws SubgraphException if the type of a new input is unknown
  public static Model of(Model model, Set<Node> nodes) {
    Set<String> inputs = new LinkedHashSet<>();
    Set<String> outputs = new LinkedHashSet<>();
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        if (output.isAbsent()) {
          continue;
        }
        boolean readInside = output.uses().stream().anyMatch(use -> isIn(nodes, use));
        boolean readOutside = output.uses().stream().anyMatch(use -> !isIn(nodes, use));
        if (!nodes.contains(node)) {
          if (readInside) {
            inputs.add(output.name());
          }
        } else if (output.isGraphOutput() || readOutside || !readInside) {
          outputs.add(output.name());
        }
      }
    }
    return between(model, inputs, outputs);
  }

  /// A nested graph belongs to the node that holds it.
  private static boolean isIn(Set<Node> nodes, Use use) {
    return nodes.contains(holder(use.node()));
  }

  private static Node holder(Node node) {
    Graph graph = node.graph();
    if (graph.parent().isEmpty()) {
      return node;
    }
    for (Node outer : graph.parent().get().nodes()) {
      if (outer.nestedGraphs().contains(graph)) {
        return holder(outer);
      }
    }
    throw new IllegalStateException(node.describe() + " lies in a graph that no node holds");
  }

  private static Value tensor(Graph graph, String name) {
    Value value =
        graph
            .value(name)
            .orElseThrow(() ->
                new SubgraphException(
                    "the model has no tensor %s; 'inspect --nodes' lists the tensors of each node"
                        .formatted(quoted(name))));
    if (value.isInitializer()) {
      throw new SubgraphException(
          "tensor %s is a constant; expected one that depends on the inputs"
              .formatted(quoted(name)));
    }
    return value;
  }

  private static String quoted(String name) {
    return "'" + Printable.escape(name) + "'";
  }

  /// Makes readers of a value read an input of its name.
  private static void cut(Graph graph, Value value) {
    if (value.isGraphInput()) {
      return;
    }
    if (value.isGraphOutput()) {
      throw new SubgraphException(
          "tensor %s is input and output of the part; expected a node between"
              .formatted(quoted(value.name())));
    }
    ValueType type =
        value
            .type()
            .orElseThrow(() ->
                new SubgraphException(
                    "the type of tensor %s is unknown, so it cannot become an input"
                        .formatted(quoted(value.name()))));
    String name = value.name();
    graph.rename(value, graph.uniqueName(name + "_before"));
    Value input = graph.addInput(name, type);
    graph.replaceUses(value, input);
  }

  private static void removeUnread(Graph graph) {
    for (Node node : new ArrayList<>(graph.nodes()).reversed()) {
      if (node.outputs().stream().allMatch(value -> value.isAbsent() || value.isUnused())) {
        graph.remove(node);
      }
    }
    for (Value value : graph.initializers()) {
      if (value.isUnused() && !value.isGraphInput()) {
        graph.removeInitializer(value);
      }
    }
    for (Value input : List.copyOf(graph.inputs())) {
      if (input.isUnused()) {
        graph.removeInput(input);
        if (input.isInitializer()) {
          graph.removeInitializer(input);
        }
      }
    }
  }
}
