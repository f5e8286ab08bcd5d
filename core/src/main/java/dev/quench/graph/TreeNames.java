// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Every name that a graph and those nested in it have ever given to a value.
final class TreeNames {
  private final Set<String> used = new HashSet<>();

  /// The first suffix that may be free, by prefix: names are never given back.
  private final Map<String, Integer> nextSuffix = new HashMap<>();

  void add(String name) {
    used.add(name);
  }

  /// `prefix` itself when it was never used, else the first of `prefix_1`, `prefix_2`, … that was
  /// not.
  String unique(String prefix) {
    if (!used.contains(prefix)) {
      return prefix;
    }
    int suffix = nextSuffix.getOrDefault(prefix, 1);
    while (used.contains(prefix + "_" + suffix)) {
      suffix++;
    }
    nextSuffix.put(prefix, suffix);
    return prefix + "_" + suffix;
  }
}
