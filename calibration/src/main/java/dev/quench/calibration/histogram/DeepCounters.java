// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Counts magnitudes far below a histogram's largest, or too small for fast arithmetic, both in
/// [ExponentBins] and in the first bins of equal width. Takes memory only for the powers of two
/// that occur. Not thread-safe.
final class DeepCounters {
  private static final int SMALL = Bins.SMALL;

  /// The first bins of equal width, positive values, then negative ones.
  private final int[] linear = new int[2 * SMALL];

  /// For each power of two that occurs, its [ExponentBins], those of positive values and those of
  /// negative ones in turn.
  private int[] @Nullable [] octaves = new int[2 * ExponentBins.FLOAT_BINS / SMALL][];

  /// @param sign 1 for negative values, else 0
  /// @param bin of equal width, below [Bins#SMALL]
  void add(int sign, int bin, double magnitude, int count) {
    linear[sign * SMALL + bin] += count;
    int fine = ExponentBins.index(magnitude);
    int octave = fine / SMALL * 2 + sign;
    if (octave >= octaves.length) {
      octaves = Arrays.copyOf(octaves, 2 * ExponentBins.BINS / SMALL);
    }
    int[] counters = octaves[octave];
    if (counters == null) {
      counters = new int[SMALL];
      octaves[octave] = counters;
    }
    counters[fine % SMALL] += count;
  }

  /// Makes the bins of equal width `2^doublings` times as wide.
  void widen(int doublings) {
    int shift = Math.min(doublings, Integer.SIZE - 1);
    for (int i = 0; i < linear.length; i++) {
      int first = i / SMALL * SMALL;
      int count = linear[i];
      linear[i] = 0;
      linear[first + ((i - first) >> shift)] += count;
    }
  }

  /// The counts of the first bins of equal width. A copy.
  long[] linear(int sign) {
    long[] counts = new long[SMALL];
    Arrays.setAll(counts, i -> linear[sign * SMALL + i]);
    return counts;
  }

  /// The counts of one power of two; null if none occurred.
  ///
  /// @param first its first bin
  int @Nullable [] octave(int sign, int first) {
    int octave = first / SMALL * 2 + sign;
    return octave < octaves.length ? octaves[octave] : null;
  }

  void clear() {
    Arrays.fill(linear, 0);
    for (int[] counters : octaves) {
      if (counters != null) {
        Arrays.fill(counters, 0);
      }
    }
  }
}
