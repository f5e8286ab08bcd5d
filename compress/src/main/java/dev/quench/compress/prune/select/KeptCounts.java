// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import dev.quench.compress.prune.structure.LayerAxis;
import dev.quench.compress.prune.structure.Structure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How many classes of a group may stay, in descending order, the first at most as many as it has.
///
/// @param counts empty if no number fits the alignment
record KeptCounts(List<Integer> counts) {
  KeptCounts {
    counts = List.copyOf(counts);
  }

  /// @param groups all groups, to tell whose channels a layer has besides
  static KeptCounts of(
      ChannelGroup group, List<ChannelGroup> groups, Structure structure, Limits limits) {
    int classes = group.classes().size();
    int least = Math.max(1, (int) Math.ceil(limits.floor() * classes - 1e-9));
    List<Integer> counts = new ArrayList<>();
    for (int kept = classes; kept >= least; kept--) {
      if (fits(group, kept, groups, structure, limits.alignment())) {
        counts.add(kept);
      }
    }
    return new KeptCounts(counts);
  }

  private static boolean fits(
      ChannelGroup group, int kept, List<ChannelGroup> groups, Structure structure, int alignment) {
    for (Map.Entry<LayerAxis, Integer> each : group.multiplicities().entrySet()) {
      LayerAxis layer = each.getKey();
      int own = each.getValue();
      int size = structure.classes(layer.weights(), layer.axis()).length;
      long frozen = size;
      int sharing = 0;
      for (ChannelGroup other : groups) {
        Integer held = other.multiplicities().get(layer);
        if (held != null) {
          frozen -= (long) held * other.classes().size();
          sharing++;
        }
      }
      boolean alone = sharing == 1;
      boolean aligned =
          alone
              ? ((long) own * kept + frozen) % alignment == 0
              : (long) own * kept % alignment == 0 && frozen % alignment == 0;
      if (!aligned) {
        return false;
      }
    }
    return true;
  }
}
