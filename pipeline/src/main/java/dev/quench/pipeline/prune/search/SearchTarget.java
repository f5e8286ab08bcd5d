// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.select.Budget;

/// What widths must reach.
public sealed interface SearchTarget {
  /// As little loss as possible within a time.
  ///
  /// @param millis of one call
  record Latency(double millis) implements SearchTarget {
    /// @throws IllegalArgumentException unless the time is finite and above 0
    public Latency {
      if (!(millis > 0 && millis < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("expected a time above 0 ms, got " + millis);
      }
    }
  }

  /// As little loss as possible without a share of a counted cost.
  ///
  /// @param ratio share that goes, in (0, 1)
  record Share(Budget budget, double ratio) implements SearchTarget {
    /// @throws IllegalArgumentException unless the ratio lies between 0 and 1
    public Share {
      if (!(ratio > 0 && ratio < 1)) {
        throw new IllegalArgumentException(
            "expected a ratio between 0 and 1, the share to take out, got " + ratio);
      }
    }
  }

  /// As cheap as possible with a bounded loss before fine-tuning.
  ///
  /// @param maxDrop of the metric's first score, as a share
  /// @param byLatency whether cheap means fast as measured; else the budget counts
  record Drop(double maxDrop, Budget budget, boolean byLatency) implements SearchTarget {
    /// @throws IllegalArgumentException unless the drop lies in [0, 1]
    public Drop {
      if (!(maxDrop >= 0 && maxDrop <= 1)) {
        throw new IllegalArgumentException("expected a drop in [0, 1], got " + maxDrop);
      }
    }
  }

  /// Whether times have to be measured.
  default boolean needsLatencies() {
    return switch (this) {
      case Latency _ -> true;
      case Share _ -> false;
      case Drop drop -> drop.byLatency();
    };
  }
}
