// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The values that one graph defines, by name and in the order of their definition.
final class ValueTable {
  private final Graph graph;
  private final TreeNames namesOfTree;
  private final Map<String, Value> values = new LinkedHashMap<>();

  /// Whether a renamed value stands behind its place in `values`.
  private boolean disordered;

  private long defined;

  ValueTable(Graph graph, TreeNames namesOfTree) {
    this.graph = graph;
    this.namesOfTree = namesOfTree;
  }

  @Nullable Value get(String name) {
    return values.get(name);
  }

  boolean contains(String name) {
    return values.containsKey(name);
  }

  void remove(Value value) {
    values.remove(value.name());
  }

  /// @throws ModelFormatException if the name is empty or taken
  Value define(String name, @Nullable ValueType type) {
    if (name.isEmpty()) {
      throw new ModelFormatException("graph '" + graph.name() + "': a value needs a name");
    }
    if (values.containsKey(name)) {
      throw taken(name);
    }
    Value value = new Value(name, type, graph, defined++);
    values.put(name, value);
    namesOfTree.add(name);
    return value;
  }

  /// The value that an initializer of that name belongs to: a graph input without one, or a new
  /// value.
  ///
  /// @throws ModelFormatException if the name is taken by another initializer or a node's output
  Value defineInitializer(String name) {
    Value existing = values.get(name);
    if (existing == null) {
      return define(name, null);
    }
    if (!existing.graphInput || existing.isInitializer()) {
      throw taken(name);
    }
    return existing;
  }

  /// @throws ModelFormatException if the new name is taken
  void rename(Value value, String newName) {
    if (values.containsKey(newName)) {
      throw new ModelFormatException(
          "graph '%s': name '%s' is taken".formatted(graph.name(), newName));
    }
    values.remove(value.name());
    value.rename(newName);
    values.put(newName, value);
    disordered = true;
    namesOfTree.add(newName);
  }

  /// A live view.
  Collection<Value> inOrder() {
    if (disordered) {
      List<Value> sorted = new ArrayList<>(values.values());
      sorted.sort(Comparator.comparingLong(value -> value.order));
      values.clear();
      sorted.forEach(value -> values.put(value.name(), value));
      disordered = false;
    }
    return values.values();
  }

  ModelFormatException taken(String name) {
    return new ModelFormatException(
        "graph '%s': the name '%s' is defined twice; names must be unique within a graph"
            .formatted(graph.name(), name));
  }
}
