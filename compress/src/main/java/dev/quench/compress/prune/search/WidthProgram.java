// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import dev.quench.compress.prune.search.Front.Point;
import dev.quench.compress.prune.select.CostTerm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds the widths of least loss within a cost, where losses of groups add up and costs are sums
/// of terms of a few groups each.
///
/// Solved by dynamic programming over fronts of cost and loss: the best plan where no front holds
/// more than some thousand points, else within 1/2000 of the cost for each group. Where terms tie
/// very many groups together (the concatenations of a DenseNet), terms are made separable around
/// the last plan, in turns, and the result is a good plan, not surely the best. Deterministic.
public final class WidthProgram {
  private static final int TURNS = 12;

  private final List<WidthLosses> groups;
  private final List<CostTerm> terms;
  private final double constant;
  private final boolean exact;

  /// @param groups in the order in which terms count them
  /// @param terms 0 or more at all widths; one of no groups may be negative
  public WidthProgram(List<WidthLosses> groups, List<CostTerm> terms) {
    this(groups, terms, true);
  }

  /// @param whole whether to solve it as a whole where that is possible
  WidthProgram(List<WidthLosses> groups, List<CostTerm> terms, boolean whole) {
    this.groups = List.copyOf(groups);
    this.terms = terms.stream().filter(term -> !term.groups().isEmpty()).toList();
    this.constant =
        terms.stream().filter(term -> term.groups().isEmpty()).mapToDouble(CostTerm::of).sum();
    this.exact = whole && Elimination.isTractable(groups, this.terms);
  }

  /// Whether plans are the best, but for thinning.
  public boolean isExact() {
    return exact;
  }

  /// The plan of least loss; of equal loss the cheapest.
  ///
  /// @param most cost that is allowed
  /// @return empty if no plan is that cheap
  public Optional<WidthPlan> solve(double most) {
    return exact ? solve(terms, most - constant).map(this::plan) : inTurns(most);
  }

  /// The cheapest plan, whatever it loses.
  public WidthPlan cheapest() {
    if (!exact) {
      return plan(narrowest());
    }
    return plan(levels(Elimination.solve(groups, terms, Double.MAX_VALUE).points().getFirst()));
  }

  /// What the widths cost.
  public double cost(List<Integer> widths) {
    return constant + terms.stream().mapToDouble(term -> term.at(widths)).sum();
  }

  private Optional<int[]> solve(List<CostTerm> sums, double most) {
    List<Point> points = Elimination.solve(groups, sums, most).points();
    return points.isEmpty() ? Optional.empty() : Optional.of(levels(points.getLast()));
  }

  private int[] levels(Point point) {
    int[] levels = new int[groups.size()];
    point.fill(levels);
    return levels;
  }

  private int[] narrowest() {
    int[] levels = new int[groups.size()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = groups.get(i).widths().size() - 1;
    }
    return levels;
  }

  private List<Integer> widths(int[] levels) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < levels.length; i++) {
      widths.add(groups.get(i).widths().get(levels[i]));
    }
    return widths;
  }

  private WidthPlan plan(int[] levels) {
    double loss = 0;
    for (int i = 0; i < levels.length; i++) {
      loss += groups.get(i).losses().get(levels[i]);
    }
    List<Integer> widths = widths(levels);
    return new WidthPlan(widths, loss, cost(widths));
  }

  private Optional<WidthPlan> inTurns(double most) {
    int[] around = narrowest();
    WidthPlan best = plan(around);
    if (best.cost() > most) {
      return Optional.empty();
    }
    for (int turn = 0; turn < TURNS; turn++) {
      List<Integer> last = widths(around);
      List<CostTerm> sums = separable(last);
      double rest = cost(last) - sums.stream().mapToDouble(term -> term.at(last)).sum();
      Optional<int[]> found = solve(sums, most - rest);
      if (found.isEmpty()) {
        break;
      }
      WidthPlan plan = plan(found.get());
      if (plan.cost() <= most && plan.loss() < best.loss()) {
        best = plan;
      }
      around = found.get();
    }
    return Optional.of(widened(best, most));
  }

  /// Terms of one group each that are exact, but for a constant, where one width alone differs from
  /// the given ones.
  private List<CostTerm> separable(List<Integer> around) {
    List<CostTerm> separable = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      int own = group;
      List<CostTerm> tied = terms.stream().filter(term -> term.groups().contains(own)).toList();
      double least =
          groups.get(group).widths().stream()
              .mapToDouble(width -> at(tied, around, own, width))
              .min()
              .orElseThrow();
      separable.add(new CostTerm(List.of(own), kept -> at(tied, around, own, kept[0]) - least));
    }
    return separable;
  }

  private static double at(List<CostTerm> tied, List<Integer> around, int group, int width) {
    List<Integer> changed = new ArrayList<>(around);
    changed.set(group, width);
    return tied.stream().mapToDouble(term -> term.at(changed)).sum();
  }

  /// Uses what is left of the cost, one width after the other.
  private WidthPlan widened(WidthPlan plan, double most) {
    WidthPlan best = plan;
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int group = 0; group < groups.size(); group++) {
        for (int level = 0; level < groups.get(group).widths().size(); level++) {
          int[] levels = new int[groups.size()];
          for (int i = 0; i < levels.length; i++) {
            levels[i] = groups.get(i).widths().indexOf(best.widths().get(i));
          }
          levels[group] = level;
          WidthPlan tried = plan(levels);
          if (tried.cost() <= most && tried.loss() < best.loss()) {
            best = tried;
            changed = true;
          }
        }
      }
    }
    return best;
  }
}
