// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.util.List;
import java.util.Optional;

/// One row of a published table.
///
/// @param name on the command line and in names of files: `w1a1`
/// @param title in the table
/// @param weights bits of the weights between the first and the last layer, as the table says them
/// @param activations bits of their inputs
/// @param stored how the published size counts its weights
/// @param reference the row whose float network it is compared with; empty for that row itself
/// @param start what its network is made of
/// @param steps how it is trained; the last one trains
public record Row(
    String name,
    String title,
    String weights,
    String activations,
    StoredBits stored,
    Optional<String> reference,
    RowStart start,
    List<RowStep> steps,
    Published published) {
  public Row {
    steps = List.copyOf(steps);
  }

  /// The row that has to be trained before; empty if none.
  public Optional<String> startsFrom() {
    return start instanceof RowStart.From(String row) ? Optional.of(row) : Optional.empty();
  }

  /// Whether inner layers have binary or ternary weights or read signs, so that all sums in them
  /// are whole numbers or runtimes differ in rounding alone.
  public boolean isBinary() {
    return stored == StoredBits.BINARY || stored == StoredBits.TERNARY;
  }
}
