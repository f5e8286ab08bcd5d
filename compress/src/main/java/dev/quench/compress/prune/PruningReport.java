// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.reconstruct.LayerError;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.Goal;
import dev.quench.cost.ModelCost;
import java.util.List;
import java.util.Optional;

/// What was cut, what was not and why, and what it brings by count.
///
/// @param goal empty if the caller said how many channels stay
/// @param threshold largest worth of a channel that went, in the measure of the criterion
/// @param equivalence empty if no backend was given to check it on
/// @param errors of layers that were fitted anew; empty without data
/// @param notes what was assumed or left out
public record PruningReport(
    Criterion criterion,
    Optional<Goal> goal,
    List<CutGroup> cut,
    List<RefusedGroup> refused,
    ModelCost before,
    ModelCost after,
    double threshold,
    Optional<MaskedEquivalence> equivalence,
    List<LayerError> errors,
    List<String> notes) {
  /// Channels that could go.
  ///
  /// @param layers that have them in common
  /// @param channels of the layer named first that could go, before
  /// @param kept of these
  public record CutGroup(List<String> layers, int channels, int kept) {
    public CutGroup {
      layers = List.copyOf(layers);
    }
  }

  /// Channels that stay.
  ///
  /// @param layers that have them
  /// @param channels how many
  /// @param reason what keeps them
  public record RefusedGroup(List<String> layers, int channels, String reason) {
    public RefusedGroup {
      layers = List.copyOf(layers);
    }
  }

  public PruningReport {
    cut = List.copyOf(cut);
    refused = List.copyOf(refused);
    errors = List.copyOf(errors);
    notes = List.copyOf(notes);
  }

  /// How many times fewer multiply-accumulates: the gain that the count promises.
  public double theoreticalGain() {
    return after.macs() == 0 ? 1 : (double) before.macs() / after.macs();
  }
}
