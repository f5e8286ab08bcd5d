// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Which indices of which axes of a model can only be cut together.
///
/// Every index of every axis of every tensor belongs to one class. Operators unite classes: an
/// addition those of its operands, a concatenation those of its parts at their offsets. A class is
/// cut whole or not at all. Frozen are inputs and outputs of the graph, what nested graphs read,
/// and all that an operator without a rule touches.
///
/// Cost: one pass over the graph, about the sum of the lengths of all axes.
public final class Structure {
  private final Model model;
  private final Coupling coupling;
  private final Set<String> unknownOperators = new LinkedHashSet<>();
  private final Function<Node, Optional<OperatorRule>> rules;

  private Structure(Model model, Function<Node, Optional<OperatorRule>> rules) {
    this.model = model;
    this.rules = rules;
    this.coupling = new Coupling();
  }

  /// @param model its `Constant` nodes become initializers and its shapes are inferred, in place
  /// @param rules of operators; empty for those that are unknown
  public static Structure of(Model model, Function<Node, Optional<OperatorRule>> rules) {
    initializeConstants(model.graph());
    ShapeInference.infer(model);
    Structure structure = new Structure(model, rules);
    structure.build();
    return structure;
  }

  private static void initializeConstants(Graph graph) {
    for (Node node : List.copyOf(graph.nodes())) {
      if (node.is("Constant") && !node.output(0).isGraphOutput()) {
        Value output = node.output(0);
        output
            .constant()
            .ifPresent(tensor -> {
              graph.replaceUses(output, graph.addConstant(output.name(), tensor));
              graph.remove(node);
            });
      }
    }
  }

  private void build() {
    Graph graph = model.graph();
    graph.values().forEach(coupling::define);
    for (Value input : graph.inputs()) {
      coupling.freezeAll(input, "input '" + input.name() + "' of the graph");
    }
    for (Value value : graph.initializers()) {
      if (!value.isGraphInput()) {
        coupling.markConstant(value);
      }
      if (value.initializer().isEmpty()) {
        coupling.freezeAll(value, "a sparse constant");
      } else if (value.initializer().get().dataType().bits() < 8) {
        coupling.freezeAll(value, "a constant of packed elements or strings");
      }
    }
    for (Value value : graph.values()) {
      for (Use use : value.uses()) {
        if (use.node().graph() != graph) {
          coupling.freezeAll(value, "a nested graph reads it");
        }
      }
      if (value.isGraphOutput()) {
        coupling.freezeAll(value, "output '" + value.name() + "' of the graph");
      }
    }
    for (Node node : graph.nodes()) {
      if (!node.inputs().isEmpty()
          && node.nestedGraphs().isEmpty()
          && node.inputs().stream().allMatch(v -> v.isAbsent() || coupling.isConstant(v))) {
        node.outputs().stream().filter(Value::isPresent).forEach(coupling::markConstant);
      }
    }
    for (Node node : graph.nodes()) {
      couple(node);
    }
  }

  private void couple(Node node) {
    Optional<OperatorRule> rule =
        node.nestedGraphs().isEmpty() ? rules.apply(node) : Optional.empty();
    if (rule.isEmpty()) {
      unknownOperators.add(node.describe());
      coupling.freezeNode(node, node.describe() + " is an operator that pruning does not know");
      return;
    }
    boolean ranked =
        node.inputs().stream().allMatch(value -> value.isAbsent() || coupling.isDefined(value))
            && node.outputs().stream()
                .allMatch(value -> value.isAbsent() || coupling.isDefined(value));
    if (!ranked) {
      coupling.freezeNode(node, node.describe() + " has a tensor of unknown rank");
      return;
    }
    rule.get().couple(node, coupling);
  }

  /// The model that was analysed, not a copy.
  public Model model() {
    return model;
  }

  /// Nodes whose operator has no rule, so that all they touch stays.
  public List<String> unknownOperators() {
    return List.copyOf(unknownOperators);
  }

  /// Output channels of all layers.
  public List<LayerAxis> layers() {
    return List.copyOf(coupling.layers);
  }

  /// All sums over channels.
  public List<Contraction> contractions() {
    return List.copyOf(coupling.contractions);
  }

  /// Whether the axis has indices: a known size.
  public boolean isTracked(Value value, int axis) {
    return coupling.isDefined(value)
        && axis < coupling.rank(value)
        && coupling.ids(value, axis) != null;
  }

  /// The class of each index of an axis, in order.
  ///
  /// @throws IllegalArgumentException if the axis has no known size
  public int[] classes(Value value, int axis) {
    int[] ids = coupling.ids(value, axis);
    if (ids == null) {
      throw new IllegalArgumentException("axis %d of %s has no size".formatted(axis, value));
    }
    int[] found = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      found[i] = coupling.classes.find(ids[i]);
    }
    return found;
  }

  /// Why a class stays; empty if it can be cut.
  public Optional<String> frozen(int indexClass) {
    return coupling.classes.reason(indexClass);
  }

  int rank(Value value) {
    return coupling.isDefined(value) ? coupling.rank(value) : 0;
  }

  Optional<OperatorRule> rule(Node node) {
    return node.nestedGraphs().isEmpty() ? rules.apply(node) : Optional.empty();
  }
}
