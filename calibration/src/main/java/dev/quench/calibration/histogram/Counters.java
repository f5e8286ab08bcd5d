// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Counts floats in the bins of a histogram as they arrive, one increment a value, in `int`
/// counters of which those in use stay in the first-level cache until they are packed. Not
/// thread-safe.
///
/// A value from bin 128 on has a counter for its bin of equal width. A smaller one has a counter
/// for its [ExponentBins] bin alone, which lies within one bin of equal width and so counts for
/// both. Values more than [#OCTAVES] octaves below bin 128, which are rare, are counted apart.
final class Counters {
  /// The number of values counted in one go.
  static final int PIECE = 1024;

  static final int MAGNITUDE = 0x7FFF_FFFF;

  private static final int SMALL = Bins.SMALL;

  /// Octaves below bin 128 that have counters.
  private static final int OCTAVES = 24;

  private static final int WINDOW = OCTAVES * SMALL;

  /// Where a counter lies is its bin and this, for bins of equal width; in front of these lie the
  /// window of finer bins and, first, the number of values below it.
  private static final int LINEAR = 1 + WINDOW - SMALL;

  /// Counters of one sign.
  private static final int SIZE = LINEAR + BinWidth.BINS;

  /// Zeros take turns on these counters: a processor stalls when it increments one counter
  /// repeatedly, and after a ReLU most values are zero.
  private static final int LANES = 8;

  private static final int[] LANE_OF_POSITION = new int[PIECE];

  static {
    for (int i = 0; i < PIECE; i++) {
      LANE_OF_POSITION[i] = 2 * SIZE + i % LANES;
    }
  }

  /// From the bits of a float to the number of its [ExponentBins] bin.
  private static final int DROPPED_BITS = 23 - 7;

  private static final int FLOAT_BIAS = (154 - Float.MAX_EXPONENT) * SMALL;

  /// The narrowest bins whose window holds no subnormal float, and whose width is the inverse of a
  /// finite float.
  private static final int NARROWEST = Float.MIN_EXPONENT + OCTAVES - 7;

  private final MemorySegment pieceBytes;
  private final int[] piece;
  private final float[] values = new float[PIECE];
  private final int[] bins = new int[PIECE];

  /// Those of positive values, of negative ones, the lanes of zeros.
  private final int[] counters = new int[2 * SIZE + LANES];

  private final DeepCounters deep = new DeepCounters();
  private int exponent = BinWidth.MIN_EXPONENT;
  private int counted;

  /// @param piece holds the bits of the floats that [#count] counts; the caller fills it
  Counters(int[] piece) {
    this.piece = piece;
    this.pieceBytes = MemorySegment.ofArray(piece);
  }

  /// Values since the counters were empty, zeros included.
  int counted() {
    return counted;
  }

  /// Widens the bins to the width of [BinWidth] if they are narrower.
  ///
  /// @param needed `log2` of their width
  void widen(int needed) {
    if (needed <= exponent) {
      return;
    }
    int from = exponent;
    exponent = needed;
    if (counted > 0) {
      int[] before = counters.clone();
      Arrays.fill(counters, 0, 2 * SIZE, 0);
      deep.widen(needed - from);
      for (int i = 0; i < SIZE; i++) {
        for (int sign = 0; sign < 2; sign++) {
          int count = before[sign * SIZE + i];
          if (count > 0) {
            add(sign, lowerEdge(i, from), count);
          }
        }
      }
    }
  }

  /// The smallest magnitude that a counter counts.
  private static double lowerEdge(int counter, int exponent) {
    return counter < LINEAR + SMALL
        ? ExponentBins.lowerEdge(firstOfWindow(exponent) + counter - 1)
        : Math.scalb((double) (counter - LINEAR), exponent);
  }

  /// The number of the [ExponentBins] bin of the window's first counter.
  private static int firstOfWindow(int exponent) {
    return (exponent + 7 - OCTAVES + 154) * SMALL;
  }

  /// Counts the first floats of the piece, all finite and within the bins.
  void count(int size) {
    if (exponent < NARROWEST) {
      for (int i = 0; i < size; i++) {
        count((double) Float.intBitsToFloat(piece[i]));
      }
      return;
    }
    counted += size;
    MemorySegment.copy(pieceBytes, ValueLayout.JAVA_FLOAT, 0, values, 0, size);
    // Multiplying by a power of two is exact, or leaves less than the first bin on underflow.
    int origin = firstOfWindow(exponent) + WINDOW - FLOAT_BIAS;
    findBins(piece, values, Math.scalb(1.0f, -exponent), origin, bins, size);
    increment(counters, bins, size);
    if (counters[0] + counters[SIZE] > 0) {
      countDeep(size);
    }
  }

  /// @param origin the bits of the smallest float of bin 128, without the dropped ones
  private static void findBins(
      int[] piece, float[] values, float scale, int origin, int[] bins, int size) {
    int[] lanes = LANE_OF_POSITION;
    for (int i = 0; i < size; i++) {
      int bits = piece[i];
      int magnitude = bits & MAGNITUDE;
      int below = (magnitude >> DROPPED_BITS) - origin;
      int ifSmall = below >> 31;
      int fine = Math.max(below + (WINDOW + 1), 0);
      int linear = (int) (Math.abs(values[i]) * scale) + LINEAR;
      int bin = ((fine & ifSmall) | (linear & ~ifSmall)) + ((bits >> 31) & SIZE);
      int ifZero = (magnitude - 1) >> 31;
      bins[i] = (bin & ~ifZero) | (lanes[i] & ifZero);
    }
  }

  private static void increment(int[] counters, int[] bins, int size) {
    for (int i = 0; i < size; i++) {
      counters[bins[i]]++;
    }
  }

  private void countDeep(int size) {
    for (int i = 0; i < size; i++) {
      if (bins[i] == 0 || bins[i] == SIZE) {
        double magnitude = Float.intBitsToFloat(piece[i] & MAGNITUDE);
        deep.add(bins[i] / SIZE, BinWidth.index(magnitude, exponent), magnitude, 1);
      }
    }
    counters[0] = 0;
    counters[SIZE] = 0;
  }

  /// Counts one value, finite and within the bins.
  void count(double value) {
    counted++;
    if (value == 0) {
      counters[2 * SIZE]++;
      return;
    }
    add(value < 0 ? 1 : 0, Math.abs(value), 1);
  }

  private void add(int sign, double magnitude, int count) {
    int bin = BinWidth.index(magnitude, exponent);
    int fine = ExponentBins.index(magnitude) - firstOfWindow(exponent);
    if (bin >= SMALL) {
      counters[sign * SIZE + LINEAR + bin] += count;
    } else if (exponent >= NARROWEST && fine >= 0) {
      counters[sign * SIZE + 1 + fine] += count;
    } else {
      deep.add(sign, bin, magnitude, count);
    }
  }

  /// How many zeros were counted.
  long zeros() {
    long sum = 0;
    for (int lane = 2 * SIZE; lane < counters.length; lane++) {
      sum += counters[lane];
    }
    return sum;
  }

  /// The counts without zeros.
  Bins packed() {
    BinCounts.Writer linear = new BinCounts.Writer();
    BinCounts.Writer small = new BinCounts.Writer();
    for (int sign = 0; sign < 2; sign++) {
      long[] first = deep.linear(sign);
      for (int octave = 0; octave < ExponentBins.BINS; octave += SMALL) {
        packOctave(sign, octave, first, small);
      }
      for (int bin = 0; bin < SMALL; bin++) {
        linear.add(sign * BinWidth.BINS + bin, first[bin]);
      }
      for (int bin = SMALL; bin < BinWidth.BINS; bin++) {
        linear.add(sign * BinWidth.BINS + bin, counters[sign * SIZE + LINEAR + bin]);
      }
    }
    return new Bins(exponent, linear.done(), small.done());
  }

  /// @param octave its first bin
  /// @param first receives the counts of the window by bins of equal width
  private void packOctave(int sign, int octave, long[] first, BinCounts.Writer packed) {
    int[] apart = deep.octave(sign, octave);
    int inWindow = octave - firstOfWindow(exponent);
    boolean inside = exponent >= NARROWEST && inWindow >= 0 && inWindow < WINDOW;
    for (int i = 0; (inside || apart != null) && i < SMALL; i++) {
      int count = inside ? counters[sign * SIZE + 1 + inWindow + i] : 0;
      if (count > 0) {
        first[BinWidth.index(ExponentBins.lowerEdge(octave + i), exponent)] += count;
      }
      packed.add(sign * ExponentBins.BINS + octave + i, count + (apart == null ? 0L : apart[i]));
    }
  }

  /// Resets the counters.
  ///
  /// @param width `log2` of the width of their bins from now on
  void clear(int width) {
    Arrays.fill(counters, 0);
    deep.clear();
    counted = 0;
    exponent = width;
  }
}
