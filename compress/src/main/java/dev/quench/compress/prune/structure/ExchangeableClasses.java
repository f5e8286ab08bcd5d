// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Sets of classes that can change places with one another and leave what the model computes as it
/// is.
///
/// Classes of one set occur on the same axes of the same tensors, equally often on each. Where each
/// occurs once, any operator that has a rule gives the same in another order, as an index is known
/// by its class. Where a class occurs several times on an axis (behind `Flatten`, in channel
/// shuffles and groups), operators that take parts of an axis may tell the occurrences apart:
/// classes that meet them so stay in their places.
public final class ExchangeableClasses {
  private static final Set<String> PARTIAL =
      Set.of("Slice", "Split", "Gather", "Tile", "Expand", "LSTM", "GRU", "RNN");

  private ExchangeableClasses() {}

  /// All sets of two classes or more, each in the order of first occurrence.
  public static List<List<Integer>> of(Structure structure) {
    Graph graph = structure.model().graph();
    List<Value> values = List.copyOf(graph.values());
    Map<Integer, Map<Integer, Integer>> occurrences = new LinkedHashMap<>();
    Set<Integer> told = new HashSet<>();
    int axisNumber = 0;
    for (Value value : values) {
      for (int axis = 0; axis < structure.rank(value); axis++, axisNumber++) {
        if (structure.isTracked(value, axis)) {
          Map<Integer, Integer> counts = counts(structure, value, axis);
          int number = axisNumber;
          counts.forEach((each, count) -> {
            if (structure.frozen(each).isEmpty()) {
              occurrences.computeIfAbsent(each, _ -> new TreeMap<>()).put(number, count);
            }
          });
          if (isReadPartially(value)) {
            counts.forEach((each, count) -> {
              if (count > 1) {
                told.add(each);
              }
            });
          }
        }
      }
    }
    Map<Map<Integer, Integer>, List<Integer>> sets = new LinkedHashMap<>();
    occurrences.forEach((each, where) -> {
      if (!told.contains(each)) {
        sets.computeIfAbsent(where, _ -> new ArrayList<>()).add(each);
      }
    });
    return sets.values().stream().filter(set -> set.size() > 1).map(List::copyOf).toList();
  }

  private static Map<Integer, Integer> counts(Structure structure, Value value, int axis) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int each : structure.classes(value, axis)) {
      counts.merge(each, 1, Integer::sum);
    }
    return counts;
  }

  private static boolean isReadPartially(Value value) {
    return value.uses().stream().anyMatch(use -> PARTIAL.contains(use.node().opType()))
        || value.producer().map(Node::opType).filter(PARTIAL::contains).isPresent();
  }
}
