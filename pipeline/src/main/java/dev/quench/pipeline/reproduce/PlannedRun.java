// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.util.Optional;

/// A row to be trained with a seed. Its text names it in messages.
record PlannedRun(Row row, long seed) {
  /// Whether this run begins with the network that the other one trains.
  boolean startsFrom(PlannedRun other) {
    return seed == other.seed && row.startsFrom().equals(Optional.of(other.row.name()));
  }

  @Override
  public String toString() {
    return "%s, seed %d".formatted(row.name(), seed);
  }
}
