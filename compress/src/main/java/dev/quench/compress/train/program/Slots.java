// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.BiConsumer;

/// Assigns slot numbers to the values of a graph during compilation.
final class Slots {
  private final IdentityHashMap<Value, Integer> numbers = new IdentityHashMap<>();
  private final Set<Value> trained;

  /// @param trained the values that training changes
  Slots(Set<Value> trained) {
    this.trained = trained;
  }

  /// Whether training changes the value, by its gradient or from batch statistics.
  boolean isTrained(Value value) {
    return trained.contains(value);
  }

  /// Returns the slot of a value; the first request assigns it.
  int of(Value value) {
    return numbers.computeIfAbsent(value, _ -> numbers.size());
  }

  int input(Node node, int index) {
    return of(node.input(index));
  }

  int output(Node node) {
    return of(node.output(0));
  }

  boolean contains(Value value) {
    return numbers.containsKey(value);
  }

  void forEach(BiConsumer<Value, Integer> action) {
    numbers.forEach(action);
  }

  int count() {
    return numbers.size();
  }
}
