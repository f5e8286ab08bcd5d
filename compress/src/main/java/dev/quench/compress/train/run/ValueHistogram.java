// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How many values lie in each of several equal intervals.
///
/// @param low lower end of the first interval
/// @param high upper end of the last, above `low` unless there are no values
/// @param counts empty if there are no values
public record ValueHistogram(double low, double high, List<Integer> counts) {
  /// Of no values.
  public static final ValueHistogram EMPTY = new ValueHistogram(0, 0, List.of());

  private static final int INTERVALS = 40;

  public ValueHistogram {
    counts = List.copyOf(counts);
  }

  /// Counts `values[from … to − 1]` between their smallest and largest.
  static ValueHistogram of(float[] values, int from, int to) {
    if (from >= to) {
      return EMPTY;
    }
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
    double width = high > low ? ((double) high - low) / INTERVALS : 1;
    int[] counts = new int[INTERVALS];
    for (int i = from; i < to; i++) {
      counts[Math.min(INTERVALS - 1, (int) ((values[i] - low) / width))]++;
    }
    List<Integer> list = new ArrayList<>(Collections.nCopies(INTERVALS, 0));
    for (int i = 0; i < INTERVALS; i++) {
      list.set(i, counts[i]);
    }
    return new ValueHistogram(low, high > low ? high : low + width * INTERVALS, list);
  }
}
