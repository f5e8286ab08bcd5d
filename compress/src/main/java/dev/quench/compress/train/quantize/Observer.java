// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import java.util.Locale;

/// How the range of an activation follows from the batches that passed. The first batch sets it.
public enum Observer {
  /// The smallest and the largest value of all batches.
  MIN_MAX,
  /// Moving average of the extremes of each batch: old · (1 − momentum) + new · momentum.
  MOVING_AVERAGE,
  /// Moving average of the extremes of each batch, cut at the smallest magnitude that a given share
  /// of its values does not exceed.
  PERCENTILE,
  /// Extremes of all batches, cut at the smallest magnitude that a given share of all their values
  /// does not exceed, from a histogram whose bins widen with the values.
  HISTOGRAM;

  /// As on the command line: `moving-average`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
