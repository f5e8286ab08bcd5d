// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import dev.quench.compress.prune.search.Front.Point;
import dev.quench.compress.prune.select.CostTerm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The dynamic program: groups are eliminated one after the other; for each choice of the groups
/// that share a term with it, a front of cost and loss says what the eliminated ones allow.
///
/// For a chain of layers this is Viterbi's algorithm over widths. Groups that many terms tie to
/// each other make it exponential in their number.
final class Elimination {
  /// Choices of the groups around one that is eliminated.
  private static final long MOST_CHOICES = 50_000;

  /// A front for each choice of the levels of some groups, the last varying fastest.
  private record Table(List<Integer> groups, List<Front> fronts) {}

  private final List<WidthLosses> groups;
  private final List<Table> tables = new ArrayList<>();
  private final double most;
  private Front free = Front.ZERO;

  private Elimination(List<WidthLosses> groups, double most) {
    this.groups = groups;
    this.most = most;
  }

  /// Whether the terms tie few enough groups to each other.
  static boolean isTractable(List<WidthLosses> groups, List<CostTerm> terms) {
    List<Set<Integer>> scopes = new ArrayList<>();
    terms.forEach(term -> scopes.add(new HashSet<>(term.groups())));
    Set<Integer> left = new TreeSet<>();
    for (int i = 0; i < groups.size(); i++) {
      left.add(i);
    }
    while (!left.isEmpty()) {
      int next = next(groups, left, scopes);
      Set<Integer> around = around(next, scopes);
      if (choices(groups, around) * groups.get(next).widths().size() > MOST_CHOICES) {
        return false;
      }
      scopes.removeIf(scope -> scope.contains(next));
      scopes.add(around);
      left.remove(next);
    }
    return true;
  }

  /// All choices within a cost of which none is both cheaper and better; thinned where there are
  /// very many.
  static Front solve(List<WidthLosses> groups, List<CostTerm> terms, double most) {
    Elimination elimination = new Elimination(groups, most);
    terms.forEach(elimination::add);
    Set<Integer> left = new TreeSet<>();
    for (int i = 0; i < groups.size(); i++) {
      left.add(i);
    }
    while (!left.isEmpty()) {
      List<Set<Integer>> scopes = new ArrayList<>();
      elimination.tables.forEach(table -> scopes.add(new HashSet<>(table.groups)));
      int next = next(groups, left, scopes);
      elimination.eliminate(next);
      left.remove(next);
    }
    return elimination.free;
  }

  private void add(CostTerm term) {
    List<Integer> scope = term.groups();
    List<Front> fronts = new ArrayList<>();
    int[] levels = new int[scope.size()];
    do {
      int[] kept = new int[levels.length];
      for (int i = 0; i < levels.length; i++) {
        kept[i] = groups.get(scope.get(i)).widths().get(levels[i]);
      }
      fronts.add(Front.of(Point.of(term.of(kept), 0, -1, 0)));
    } while (advance(levels, scope));
    put(new Table(scope, fronts));
  }

  private void put(Table table) {
    if (table.groups.isEmpty()) {
      free = free.plus(table.fronts.getFirst(), most);
    } else {
      tables.add(table);
    }
  }

  private boolean advance(int[] levels, List<Integer> scope) {
    for (int i = levels.length - 1; i >= 0; i--) {
      if (++levels[i] < groups.get(scope.get(i)).widths().size()) {
        return true;
      }
      levels[i] = 0;
    }
    return false;
  }

  private void eliminate(int group) {
    List<Table> own = tables.stream().filter(table -> table.groups.contains(group)).toList();
    tables.removeAll(own);
    Set<Integer> around = new TreeSet<>();
    own.forEach(table -> around.addAll(table.groups));
    around.remove(group);
    List<Integer> scope = List.copyOf(around);
    List<Front> fronts = new ArrayList<>();
    int[] levels = new int[scope.size()];
    WidthLosses losses = groups.get(group);
    do {
      List<Front> choices = new ArrayList<>();
      for (int level = 0; level < losses.widths().size(); level++) {
        Front sum = Front.of(Point.of(0, losses.losses().get(level), group, level));
        for (Table table : own) {
          sum = sum.plus(at(table, scope, levels, group, level), most);
        }
        choices.add(sum);
      }
      fronts.add(Front.union(choices));
    } while (advance(levels, scope));
    put(new Table(scope, fronts));
  }

  private Front at(Table table, List<Integer> scope, int[] levels, int group, int level) {
    int index = 0;
    for (int each : table.groups) {
      int own = each == group ? level : levels[scope.indexOf(each)];
      index = index * groups.get(each).widths().size() + own;
    }
    return table.fronts.get(index);
  }

  private static int next(List<WidthLosses> groups, Set<Integer> left, List<Set<Integer>> scopes) {
    int best = -1;
    long fewest = Long.MAX_VALUE;
    for (int each : left) {
      long choices = choices(groups, around(each, scopes));
      if (choices < fewest) {
        fewest = choices;
        best = each;
      }
    }
    return best;
  }

  /// The groups that share a term with this one.
  private static Set<Integer> around(int group, List<Set<Integer>> scopes) {
    Set<Integer> around = new TreeSet<>();
    scopes.stream().filter(scope -> scope.contains(group)).forEach(around::addAll);
    around.remove(group);
    return around;
  }

  private static long choices(List<WidthLosses> groups, Set<Integer> around) {
    long choices = 1;
    for (int each : around) {
      choices = Math.min(Integer.MAX_VALUE, choices * groups.get(each).widths().size());
    }
    return choices;
  }
}
