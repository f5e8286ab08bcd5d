// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;

/// Which tensors must have one scale because a `Concat` joins them, directly or through operators
/// that only move elements.
public final class ConcatGroups {
  /// Union-find: a value's parent; a value that is not a key is its own root.
  private final IdentityHashMap<Value, Value> parents = new IdentityHashMap<>();

  public ConcatGroups(Graph graph) {
    for (Node node : graph.nodes()) {
      if (!node.is("Concat") || node.output(0).isAbsent()) {
        continue;
      }
      for (Value input : node.inputs()) {
        if (input.isPresent() && input.constant().isEmpty()) {
          unite(origin(input), origin(node.output(0)));
        }
      }
    }
  }

  /// Splits `values` into those that share a scale, each group and the groups themselves in the
  /// given order.
  public List<List<Value>> group(Collection<Value> values) {
    IdentityHashMap<Value, List<Value>> byRoot = new IdentityHashMap<>();
    List<List<Value>> groups = new ArrayList<>();
    for (Value value : values) {
      List<Value> members =
          byRoot.computeIfAbsent(
              isJoined(value) ? root(origin(value)) : value,
              _ -> {
                List<Value> fresh = new ArrayList<>();
                groups.add(fresh);
                return fresh;
              });
      members.add(value);
    }
    return groups;
  }

  private boolean isJoined(Value value) {
    Value origin = origin(value);
    return parents.containsKey(origin) || parents.containsValue(origin);
  }

  /// What `value` is a rearrangement of.
  private static Value origin(Value value) {
    Value current = value;
    while (current.producer().filter(Commuting::is).isPresent()) {
      Value before = current.producer().orElseThrow().input(0);
      if (before.isAbsent()) {
        return current;
      }
      current = before;
    }
    return current;
  }

  private Value root(Value value) {
    Value current = value;
    for (Value next = parents.get(current); next != null; next = parents.get(current)) {
      current = next;
    }
    return current;
  }

  private void unite(Value a, Value b) {
    Value rootA = root(a);
    Value rootB = root(b);
    if (rootA != rootB) {
      parents.put(rootA, rootB);
    }
  }
}
