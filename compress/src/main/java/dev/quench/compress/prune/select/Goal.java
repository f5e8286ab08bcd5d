// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

/// How much is to go, and by which order.
///
/// @param ratio share of the budget that goes, in (0, 1)
public record Goal(Budget budget, double ratio, Ranking ranking, Limits limits) {
  /// @throws IllegalArgumentException unless the ratio lies between 0 and 1
  public Goal {
    if (!(ratio > 0 && ratio < 1)) {
      throw new IllegalArgumentException(
          "expected a ratio between 0 and 1, the share to take out, got " + ratio);
    }
  }
}
