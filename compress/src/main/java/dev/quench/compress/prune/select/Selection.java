// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.cost.ModelCost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/// The classes that go.
///
/// @param removed classes of indices
/// @param kept how many classes of each group stay, for all groups that could be cut
/// @param refused groups that stay whole though nothing freezes them, with the reason
/// @param threshold largest worth of a class that went, in the measure of the ranking; 0 if none
///   did
public record Selection(
    Set<Integer> removed,
    Map<ChannelGroup, Integer> kept,
    Map<ChannelGroup, String> refused,
    double threshold) {
  /// Why a group stays whole.
  static final String EMPTIED = "a tensor that holds few of these channels would lose them all";

  private static final String UNRANKED = "the criterion says nothing of it";

  public Selection {
    removed = Set.copyOf(removed);
    kept = new LinkedHashMap<>(kept);
    refused = new LinkedHashMap<>(refused);
  }

  /// Takes channels out of the groups, those of least worth first, in steps that keep the
  /// alignment, until the share is reached. Groups begin at the largest aligned number of channels.
  /// Of equal worth the later channel goes first.
  ///
  /// @param cost of the structure's model
  /// @throws PruningException if the limits do not allow it, with the share that they allow
  public static Selection of(Structure structure, FilterScores scores, ModelCost cost, Goal goal) {
    Limits limits = goal.limits();
    Map<ChannelGroup, String> refused = new LinkedHashMap<>();
    List<Shrinking> open = new ArrayList<>();
    AxisGuard guard = new AxisGuard(structure);
    allowed(structure, scores, limits, refused)
        .forEach((group, counts) ->
            open.add(new Shrinking(group, counts, scores, goal.ranking(), guard)));
    CostMeasure measure = CostMeasure.of(structure, goal.budget(), cost);
    double whole = measure.total();
    double wanted = whole * (1 - goal.ratio()) * (1 + 1e-12);
    Set<Integer> removed = new HashSet<>();
    double threshold = 0;
    for (Shrinking each : List.copyOf(open)) {
      take(each.shrink(), measure, removed);
      if (!each.isAligned()) {
        refused.put(each.group(), EMPTIED);
        open.remove(each);
      }
    }
    PriorityQueue<Shrinking> queue =
        new PriorityQueue<>(Comparator.comparingDouble(Shrinking::priority));
    open.stream().filter(Shrinking::canShrink).forEach(queue::add);
    while (measure.total() > wanted && !queue.isEmpty()) {
      Shrinking next = queue.remove();
      List<Integer> gone = next.shrink();
      for (int each : gone) {
        threshold = Math.max(threshold, next.worth(each));
      }
      take(gone, measure, removed);
      if (next.canShrink()) {
        queue.add(next);
      }
    }
    if (measure.total() > wanted) {
      throw new PruningException(
          String.format(
              Locale.ROOT,
              "a share of %.3f of the %s cannot go: with a floor of %.3f%s at most %.3f can, from %d group%s of channels; ask for less%s%s",
              goal.ratio(),
              goal.budget().label(),
              limits.floor(),
              limits.alignment() > 1 ? " and multiples of " + limits.alignment() : "",
              // Rounded down, so that a ratio of this size succeeds.
              whole == 0 ? 0 : Math.floor(1000 * (1 - measure.total() / whole)) / 1000,
              open.size(),
              open.size() == 1 ? "" : "s",
              limits.alignment() > 1
                  ? ", lower the floor or allow a smaller multiple"
                  : " or lower the floor",
              unranked(refused)));
    }
    Map<ChannelGroup, Integer> kept = new LinkedHashMap<>();
    open.forEach(each -> kept.put(each.group(), each.kept()));
    return new Selection(removed, kept, refused, threshold);
  }

  /// For an error, how many groups another criterion might take from; empty for none.
  private static String unranked(Map<ChannelGroup, String> refused) {
    long count = refused.values().stream().filter(UNRANKED::equals).count();
    return count == 0
        ? ""
        : "; the criterion cannot rank %d other group%s, l1 may"
            .formatted(count, count == 1 ? "" : "s");
  }

  /// How many classes of each group may stay. A group that is refused counts as frozen for those
  /// that share a layer with it.
  static Map<ChannelGroup, KeptCounts> allowed(
      Structure structure, FilterScores scores, Limits limits, Map<ChannelGroup, String> refused) {
    List<ChannelGroup> groups = new ArrayList<>(ChannelGroup.of(structure));
    groups.removeIf(group -> {
      boolean unknown = group.classes().stream().anyMatch(each -> scores.get(each).isEmpty());
      if (unknown) {
        refused.put(group, UNRANKED);
      }
      return unknown;
    });
    Map<ChannelGroup, KeptCounts> allowed = new LinkedHashMap<>();
    boolean changed = true;
    while (changed) {
      allowed.clear();
      changed = false;
      for (ChannelGroup group : groups) {
        allowed.put(group, KeptCounts.of(group, groups, structure, limits));
      }
      for (Map.Entry<ChannelGroup, KeptCounts> each : allowed.entrySet()) {
        if (each.getValue().counts().isEmpty()) {
          refused.put(
              each.getKey(),
              "no number of channels within the floor is a multiple of " + limits.alignment());
          groups.remove(each.getKey());
          changed = true;
        }
      }
    }
    return allowed;
  }

  private static void take(List<Integer> classes, CostMeasure measure, Set<Integer> removed) {
    classes.forEach(measure::remove);
    removed.addAll(classes);
  }
}
