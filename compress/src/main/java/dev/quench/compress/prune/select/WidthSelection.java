// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Selections by how many classes of each group stay, rather than by a share of a cost.
public final class WidthSelection {
  private WidthSelection() {}

  /// How many classes of each group may stay while all other groups are whole.
  ///
  /// @param refused takes up groups that stay whole, with the reason
  public static List<WidthChoice> choices(
      Structure structure, FilterScores scores, Limits limits, Map<ChannelGroup, String> refused) {
    AxisGuard guard = new AxisGuard(structure);
    List<WidthChoice> choices = new ArrayList<>();
    Selection.allowed(structure, scores, limits, refused)
        .forEach((group, counts) -> {
          Shrinking shrinking = new Shrinking(group, counts, scores, Ranking.UNIFORM, guard);
          List<Integer> reached = new ArrayList<>();
          List<Integer> gone = new ArrayList<>();
          while (shrinking.canShrink()) {
            gone.addAll(shrinking.shrink());
            if (shrinking.isAligned() && !reached.contains(shrinking.kept())) {
              reached.add(shrinking.kept());
            }
          }
          gone.forEach(guard::restore);
          if (reached.isEmpty()) {
            refused.put(group, Selection.EMPTIED);
          } else {
            choices.add(new WidthChoice(group, reached));
          }
        });
    return choices;
  }

  /// The least widths that keep every class whose worth is not exactly 0.
  ///
  /// @throws PruningException if that leaves every group as it is
  public static List<Integer> withoutZeros(
      Structure structure, FilterScores scores, Limits limits) {
    List<Integer> widths = new ArrayList<>();
    long gone = 0;
    for (WidthChoice choice : choices(structure, scores, limits, new LinkedHashMap<>())) {
      long needed =
          choice.group().classes().stream().filter(each -> scores.get(each).orElse(0) != 0).count();
      int width =
          choice.counts().stream()
              .filter(count -> count >= needed)
              .reduce((_, later) -> later)
              .orElse(choice.counts().getFirst());
      widths.add(width);
      gone += choice.group().classes().size() - width;
    }
    if (gone == 0) {
      throw new PruningException(
          "no channels can go whose BatchNormalization scale is exactly 0: train with --sparsity and --sparsity-method ista first, allow a smaller alignment, or rank by slimming");
    }
    return widths;
  }

  /// Keeps those of greatest worth; of equal worth the earlier.
  ///
  /// @param kept how many classes of each group stay, in the order of [#choices]
  /// @throws IllegalArgumentException if a number is not one of the choices
  /// @throws PruningException if a tensor would lose all of its channels
  public static Selection of(
      Structure structure, FilterScores scores, Limits limits, List<Integer> kept) {
    Map<ChannelGroup, String> refused = new LinkedHashMap<>();
    List<WidthChoice> choices = choices(structure, scores, limits, refused);
    if (choices.size() != kept.size()) {
      throw new IllegalArgumentException(
          "got %d widths for %d groups of channels".formatted(kept.size(), choices.size()));
    }
    AxisGuard guard = new AxisGuard(structure);
    Set<Integer> removed = new HashSet<>();
    Map<ChannelGroup, Integer> left = new LinkedHashMap<>();
    double threshold = 0;
    for (int i = 0; i < kept.size(); i++) {
      ChannelGroup group = choices.get(i).group();
      if (!choices.get(i).counts().contains(kept.get(i))) {
        throw new IllegalArgumentException(
            "%d classes of %s cannot stay, expected one of %s"
                .formatted(kept.get(i), group.layers(), choices.get(i).counts()));
      }
      KeptCounts target = new KeptCounts(List.of(kept.get(i)));
      Shrinking shrinking = new Shrinking(group, target, scores, Ranking.UNIFORM, guard);
      List<Integer> gone = shrinking.shrink();
      if (!shrinking.isAligned()) {
        throw new PruningException(
            "with %d of %d channels of %s a tensor that holds few of them would lose them all; keep more"
                .formatted(
                    kept.get(i) * group.channelsOfClass(),
                    group.classes().size() * group.channelsOfClass(),
                    String.join(", ", group.layers())));
      }
      for (int each : gone) {
        threshold = Math.max(threshold, shrinking.worth(each));
      }
      removed.addAll(gone);
      left.put(group, kept.get(i));
    }
    return new Selection(removed, left, refused, threshold);
  }
}
