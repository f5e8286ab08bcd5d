// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.reconstruct.Reconstruction;
import dev.quench.compress.prune.reconstruct.Selector;
import dev.quench.compress.prune.select.ChannelGroup;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.FilterScores;
import dev.quench.compress.prune.select.WeightGradients;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the channels of each group are worth by a criterion, from weights or from data.
final class GroupScores {
  private GroupScores() {}

  /// @param reconstruction the data; null if there are none
  /// @param gradients on labelled data; null if there are none
  /// @throws PruningException if the criterion needs data that are missing, weights are not finite,
  ///   or nothing is known of any group
  static FilterScores of(
      Structure structure,
      Criterion criterion,
      @Nullable Reconstruction reconstruction,
      @Nullable WeightGradients gradients) {
    FilterScores scores =
        switch (criterion) {
          case L1, L2, FPGM, SLIMMING, ISTA -> FilterScores.of(structure, criterion);
          case TAYLOR -> byGradients(structure, gradients);
          case ACTIVATION -> measured(structure, Selector.ACTIVATION, reconstruction);
          case LASSO -> measured(structure, Selector.LASSO, reconstruction);
          case THINET -> measured(structure, Selector.THINET, reconstruction);
          case OBS -> measured(structure, Selector.OBS, reconstruction);
        };
    requireSome(structure, criterion, scores);
    return scores;
  }

  private static FilterScores byGradients(
      Structure structure, @Nullable WeightGradients gradients) {
    if (gradients == null) {
      throw new PruningException(
          "taylor ranks channels by gradients on labelled data: give some, or rank by l1");
    }
    requireFinite(structure);
    return FilterScores.of(structure, gradients);
  }

  private static FilterScores measured(
      Structure structure, Selector selector, @Nullable Reconstruction reconstruction) {
    if (reconstruction == null) {
      throw new PruningException(
          "%s ranks channels by what the layers behind make of them: give data, or rank by l1"
              .formatted(selector.name().toLowerCase(Locale.ROOT)));
    }
    requireFinite(structure);
    return FilterScores.of(reconstruction.worths(structure, selector));
  }

  /// Refuses weights that are not finite, by name.
  private static void requireFinite(Structure structure) {
    FilterScores.of(structure, Criterion.L1);
  }

  private static void requireSome(Structure structure, Criterion criterion, FilterScores scores) {
    boolean any =
        ChannelGroup.of(structure).stream()
            .anyMatch(
                group -> group.classes().stream().allMatch(each -> scores.get(each).isPresent()));
    if (!any) {
      throw new PruningException(whyNone(criterion));
    }
  }

  private static String whyNone(Criterion criterion) {
    if (criterion.ranksScales()) {
      return "no channels that can be cut have a BatchNormalization scale; exporters fold it into the weights: export without folding, or rank by l1";
    }
    if (criterion.readsLayersBehind()) {
      return "%s ranks channels by the layers that read them, each a 2-D Conv of one group, a Gemm without transA or a MatMul, with constant weights; none reads all channels of a group that can be cut: rank by l1"
          .formatted(criterion.commandName());
    }
    return "the weights of all layers whose channels can be cut are computed by the graph; fold its constants first (quench optimize)";
  }
}
