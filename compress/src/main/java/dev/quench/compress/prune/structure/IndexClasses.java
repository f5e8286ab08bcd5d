// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Indices of axes, united into classes that are cut whole or not at all; some are frozen, with the
/// first reason that was given. Union by size with path halving. Not thread-safe.
final class IndexClasses {
  private int[] parent = new int[1024];
  private int[] members = new int[1024];
  private int count;
  private final Map<Integer, String> reasons = new HashMap<>();

  /// New indices, each a class by itself.
  int[] add(int number) {
    if (count + number > parent.length) {
      int capacity = Math.max(Math.addExact(count, number), 2 * parent.length);
      parent = Arrays.copyOf(parent, capacity);
      members = Arrays.copyOf(members, capacity);
    }
    int[] added = new int[number];
    for (int i = 0; i < number; i++) {
      parent[count] = count;
      members[count] = 1;
      added[i] = count++;
    }
    return added;
  }

  /// The index that stands for the class.
  int find(int index) {
    int at = index;
    while (parent[at] != at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  }

  /// A class united with a frozen one is frozen.
  void unite(int a, int b) {
    int first = find(a);
    int second = find(b);
    if (first == second) {
      return;
    }
    int root = members[first] >= members[second] ? first : second;
    int other = root == first ? second : first;
    parent[other] = root;
    members[root] += members[other];
    String reason = reasons.remove(other);
    if (reason != null) {
      reasons.putIfAbsent(root, reason);
    }
  }

  void freeze(int index, String reason) {
    reasons.putIfAbsent(find(index), reason);
  }

  boolean isFrozen(int index) {
    return reasons.containsKey(find(index));
  }

  Optional<String> reason(int index) {
    @Nullable String reason = reasons.get(find(index));
    return Optional.ofNullable(reason);
  }
}
