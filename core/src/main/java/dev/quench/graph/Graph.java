// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Nodes in topological order with the values they read and write; the body of a model, a function
/// or a control-flow attribute.
///
/// A nested graph reads values of its outer graphs by reference. Names are unique within one graph;
/// [#uniqueName] returns names that are new to the whole tree. All edits of structure go through
/// this class, which keeps use lists and names consistent.
public final class Graph extends MessageFields {
  private final @Nullable Graph parent;
  private String name;
  private OpsetImports opsets;
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final TreeNames namesOfTree;
  private final TreeNames nodeNamesOfTree;
  private final ValueTable values;
  private final GraphNodes nodes;

  /// A graph with no parent: the main graph of a model or the body of a function.
  public Graph(String name, OpsetImports opsets) {
    this.parent = null;
    this.name = name;
    this.opsets = opsets;
    this.namesOfTree = new TreeNames();
    this.nodeNamesOfTree = new TreeNames();
    this.values = new ValueTable(this, namesOfTree);
    this.nodes = new GraphNodes(this, values, nodeNamesOfTree);
  }

  /// A graph nested in `parent`, to be held by an attribute of one of the parent's nodes.
  public Graph(String name, Graph parent) {
    this.parent = parent;
    this.name = name;
    this.opsets = parent.opsets;
    this.namesOfTree = parent.namesOfTree;
    this.nodeNamesOfTree = parent.nodeNamesOfTree;
    this.values = new ValueTable(this, namesOfTree);
    this.nodes = new GraphNodes(this, values, nodeNamesOfTree);
  }

  public String name() {
    return name;
  }

  public void setName(String name) {
    this.name = name;
  }

  public Optional<Graph> parent() {
    return Optional.ofNullable(parent);
  }

  /// The imports of the model or function that this graph is part of.
  public OpsetImports opsets() {
    return parent == null ? opsets : parent.opsets();
  }

  /// @throws IllegalStateException on a nested graph
  public void setOpsets(OpsetImports opsets) {
    if (parent != null) {
      throw new IllegalStateException("graph '" + name + "' is nested; set opsets on its root");
    }
    this.opsets = opsets;
  }

  // ---- reading ----

  public List<Value> inputs() {
    return Collections.unmodifiableList(inputs);
  }

  /// Graph inputs that a caller must feed: those without an initializer as default.
  public List<Value> requiredInputs() {
    return inputs.stream().filter(input -> !input.isInitializer()).toList();
  }

  public List<Value> outputs() {
    return Collections.unmodifiableList(outputs);
  }

  /// In execution order. A live view: iterate over a copy while editing.
  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes.list());
  }

  /// This graph's nodes and, after each, those of the graphs it nests. A snapshot.
  public List<Node> allNodes() {
    List<Node> all = new ArrayList<>();
    for (Node node : nodes.list()) {
      all.add(node);
      for (Graph nested : node.nestedGraphs()) {
        all.addAll(nested.allNodes());
      }
    }
    return all;
  }

  /// Values with an initializer, in file order. A snapshot.
  public List<Value> initializers() {
    return values.inOrder().stream().filter(Value::isInitializer).toList();
  }

  /// Every value defined in this graph. A snapshot.
  public List<Value> values() {
    return List.copyOf(values.inOrder());
  }

  /// The value of that name in this graph, not in outer ones.
  public Optional<Value> value(String valueName) {
    return Optional.ofNullable(values.get(valueName));
  }

  /// The value that a name refers to in this graph: its own, else that of the nearest outer graph.
  public Optional<Value> resolve(String valueName) {
    for (Graph scope = this; scope != null; scope = scope.parent) {
      Value found = scope.values.get(valueName);
      if (found != null) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  /// `prefix` itself when no graph of the tree has ever used it, else `prefix_1`, `prefix_2`, …
  public String uniqueName(String prefix) {
    return namesOfTree.unique(prefix);
  }

  /// `prefix` itself when no node of the tree has ever had that name, else `prefix_1`, `prefix_2`,
  /// …
  public String uniqueNodeName(String prefix) {
    return nodeNamesOfTree.unique(prefix);
  }

  // ---- editing ----

  /// @throws ModelFormatException if the name is taken
  public Value addInput(String inputName, @Nullable ValueType type) {
    Value value = values.define(inputName, type);
    value.graphInput = true;
    inputs.add(value);
    return value;
  }

  /// Removes the input from the interface; an initializer of the same name stays as a constant.
  ///
  /// @throws IllegalStateException if the value is still used and has no initializer
  public void removeInput(Value input) {
    if (!input.isInitializer() && !input.isUnused()) {
      throw new IllegalStateException("graph input " + input + " is still used");
    }
    inputs.remove(input);
    input.graphInput = false;
    if (!input.isInitializer()) {
      values.remove(input);
    }
  }

  /// Removes inputs that have an initializer from the interface; the initializers stay as
  /// constants.
  public void removeInputs(List<Value> defaulted) {
    Set<Value> removed = new HashSet<>(defaulted);
    inputs.removeIf(removed::contains);
    defaulted.forEach(input -> input.graphInput = false);
  }

  /// Adds a constant, or gives an existing graph input a default.
  ///
  /// @throws ModelFormatException if the name is taken by another initializer or a node's output
  public Value addInitializer(String initializerName, Tensor tensor) {
    Value value = values.defineInitializer(initializerName);
    value.initializer = tensor;
    if (value.type().isEmpty()) {
      value.setType(ValueType.tensor(tensor.dataType(), tensor.shape()));
    }
    return value;
  }

  /// @throws ModelFormatException if the name is taken by another initializer or a node's output
  public Value addSparseInitializer(String initializerName, SparseTensor tensor) {
    Value value = values.defineInitializer(initializerName);
    value.sparseInitializer = tensor;
    if (value.type().isEmpty()) {
      value.setType(ValueType.tensor(tensor.values().dataType(), tensor.shape()));
    }
    return value;
  }

  /// Adds a constant under a new name that starts with `prefix`.
  public Value addConstant(String prefix, Tensor tensor) {
    return addInitializer(uniqueName(prefix), tensor);
  }

  /// Replaces the data of an initializer; its type follows.
  ///
  /// @throws IllegalArgumentException unless the value is a dense initializer of this graph
  public void setInitializer(Value value, Tensor tensor) {
    if (value.graph() != this || value.initializer == null) {
      throw new IllegalArgumentException(
          value + ": expected a dense initializer of graph '" + name + "'");
    }
    value.initializer = tensor;
    value.setType(ValueType.tensor(tensor.dataType(), tensor.shape()));
  }

  /// @throws IllegalStateException if the initializer is still used
  public void removeInitializer(Value value) {
    if (!value.isUnused()) {
      throw new IllegalStateException("initializer " + value + " is still used");
    }
    value.initializer = null;
    value.sparseInitializer = null;
    if (!value.graphInput) {
      values.remove(value);
    }
  }

  /// @param value of this graph or, when it passes a captured value through, of an outer one
  public void addOutput(Value value) {
    outputs.add(value);
    count(value, 1);
  }

  public void setOutput(int index, Value value) {
    count(outputs.get(index), -1);
    outputs.set(index, value);
    count(value, 1);
  }

  public void removeOutput(int index) {
    count(outputs.remove(index), -1);
  }

  /// Adds a node at the end.
  ///
  /// @throws ModelFormatException if an output name is taken
  /// @throws IllegalArgumentException if the node does not fit its operator's schema
  public Node append(NodeBuilder builder) {
    return nodes.append(builder);
  }

  /// Adds a node right before `anchor`.
  ///
  /// @throws ModelFormatException if an output name is taken
  /// @throws IllegalArgumentException if the node does not fit its operator's schema
  public Node insertBefore(Node anchor, NodeBuilder builder) {
    return nodes.insertBefore(anchor, builder);
  }

  /// Adds a node right after `anchor`.
  ///
  /// @throws ModelFormatException if an output name is taken
  /// @throws IllegalArgumentException if the node does not fit its operator's schema
  public Node insertAfter(Node anchor, NodeBuilder builder) {
    return nodes.insertAfter(anchor, builder);
  }

  /// Removes a node and the values it produced.
  ///
  /// @throws IllegalStateException if one of its outputs is still used
  public void remove(Node node) {
    nodes.remove(node);
  }

  /// Makes every node that reads `from` read `to`. Graph outputs keep `from`; see [#adoptOutput]
  /// and [#setOutput].
  public void replaceUses(Value from, Value to) {
    for (Use use : from.uses()) {
      use.node().setInput(use.inputIndex(), to);
    }
  }

  /// Makes `node` produce `value`, which another node produced until now, as its output `index`, so
  /// that a fused node keeps the name of the value it ends in. The former producer loses that
  /// output; the former output of `node` is removed.
  ///
  /// @throws IllegalStateException if the former output of `node` is still used
  public void adoptOutput(Node node, int index, Value value) {
    nodes.adoptOutput(node, index, value);
  }

  /// Gives an omitted output of `node` a value, under a new name that starts with `prefix`.
  ///
  /// @throws IllegalStateException if the output is not omitted
  public Value nameOutput(Node node, int index, String prefix) {
    if (node.output(index).isPresent()) {
      throw new IllegalStateException(node.describe() + " has output " + node.output(index));
    }
    Value value = values.define(uniqueName(prefix), null);
    adoptOutput(node, index, value);
    return value;
  }

  /// @throws ModelFormatException if the new name is taken in this graph
  public void rename(Value value, String newName) {
    values.rename(value, newName);
  }

  /// Orders the nodes so that each follows the producers of what it and its nested graphs read;
  /// stable.
  ///
  /// @throws ModelFormatException if the graph has a cycle, naming a node on it
  public void sortTopologically() {
    if (!isTopologicallySorted()) {
      nodes.reorder(new TopologicalOrder(this).sorted());
    }
  }

  /// Whether every node already follows the producers of what it reads.
  public boolean isTopologicallySorted() {
    return new TopologicalOrder(this).holds();
  }

  @Override
  public String toString() {
    return "graph '" + name + "' (" + nodes.list().size() + " nodes)";
  }

  // ---- inside ----

  void nodeRenamed(String newName) {
    nodeNamesOfTree.add(newName);
  }

  /// Drops all uses of outer values by this nested graph and by those nested in it.
  void releaseUses() {
    nodes.releaseUses();
    outputs.forEach(output -> count(output, -1));
  }

  private void count(Value output, int change) {
    output.graphOutputs += change;
    if (output.isPresent() && output.graph() == this) {
      output.outputsOfItsGraph += change;
    }
  }
}
