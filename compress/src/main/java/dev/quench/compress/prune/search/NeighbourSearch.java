// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Improves a plan by measuring its neighbours, as losses of groups do not quite add up.
///
/// A neighbour is wider by a step in one group and narrower by a step in up to two others. Those
/// that should lose least come first; the search moves to the first that is better than the plan,
/// and ends where none is or the measurements are spent. Deterministic.
public final class NeighbourSearch {
  private final List<WidthLosses> groups;
  private final WidthProgram program;
  private final double most;

  /// @param most cost that is allowed
  public NeighbourSearch(List<WidthLosses> groups, WidthProgram program, double most) {
    this.groups = List.copyOf(groups);
    this.program = program;
    this.most = most;
  }

  /// @param start within the cost
  /// @param trials measurements that are allowed, that of the start included
  /// @return a plan with its measured loss
  public WidthPlan improve(WidthPlan start, WidthTrial trial, int trials) throws IOException {
    Set<List<Integer>> seen = new HashSet<>(Set.of(start.widths()));
    WidthPlan best = new WidthPlan(start.widths(), trial.loss(start.widths()), start.cost());
    int left = trials - 1;
    boolean moved = true;
    while (moved) {
      moved = false;
      for (WidthPlan each : neighbours(best.widths())) {
        if (left <= 0) {
          return best;
        }
        if (seen.add(each.widths())) {
          left--;
          double loss = trial.loss(each.widths());
          if (loss < best.loss()) {
            best = new WidthPlan(each.widths(), loss, each.cost());
            moved = true;
            break;
          }
        }
      }
    }
    return best;
  }

  private List<WidthPlan> neighbours(List<Integer> widths) {
    List<WidthPlan> found = new ArrayList<>();
    for (int wider = 0; wider < widths.size(); wider++) {
      List<Integer> start = moved(widths, wider, -1);
      add(start, found);
      for (int first = 0; first < widths.size(); first++) {
        List<Integer> once = first == wider ? List.of() : moved(start, first, 1);
        add(once, found);
        for (int second = first; second < widths.size(); second++) {
          add(second == wider ? List.of() : moved(once, second, 1), found);
        }
      }
    }
    found.sort(Comparator.comparingDouble(WidthPlan::loss));
    return found;
  }

  private void add(List<Integer> widths, List<WidthPlan> found) {
    double cost = widths.isEmpty() ? Double.POSITIVE_INFINITY : program.cost(widths);
    if (cost <= most) {
      double loss = 0;
      for (int i = 0; i < widths.size(); i++) {
        loss += groups.get(i).losses().get(level(i, widths.get(i)));
      }
      found.add(new WidthPlan(widths, loss, cost));
    }
  }

  /// The width of a group moved by a step; empty if there is none.
  private List<Integer> moved(List<Integer> widths, int group, int step) {
    if (widths.isEmpty()) {
      return widths;
    }
    int level = level(group, widths.get(group)) + step;
    if (level < 0 || level >= groups.get(group).widths().size()) {
      return List.of();
    }
    List<Integer> changed = new ArrayList<>(widths);
    changed.set(group, groups.get(group).widths().get(level));
    return changed;
  }

  private int level(int group, int width) {
    return groups.get(group).widths().indexOf(width);
  }
}
