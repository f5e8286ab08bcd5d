// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Counts floats in the bins of a histogram as they arrive, in `int` counters that stay in the
/// first-level cache until they are packed. Not thread-safe.
final class Counters {
  /// The number of values counted in one go.
  static final int PIECE = 1024;

  static final int MAGNITUDE = 0x7FFF_FFFF;

  private static final int SIGNED_BINS = 2 * BinWidth.BINS;
  private static final int SMALL = Bins.SMALL;

  /// Largest exponent of `2^-k` that is a finite float.
  private static final int MAX_FLOAT_SCALE = 127;

  /// Zeros take turns on these counters: a processor stalls when it increments one counter
  /// repeatedly, and after a ReLU most values are zero.
  private static final int LANES = 8;

  private static final int LOG2_SIGNED_BINS = Integer.numberOfTrailingZeros(SIGNED_BINS);

  private static final int[] LANE_OF_POSITION = new int[PIECE];

  static {
    for (int i = 0; i < PIECE; i++) {
      LANE_OF_POSITION[i] = SIGNED_BINS + i % LANES;
    }
  }

  private final MemorySegment pieceBytes;
  private final int[] piece;
  private final float[] values = new float[PIECE];
  private final int[] bins = new int[PIECE];

  /// Bits of the values of a piece that are small.
  private final int[] smallBits = new int[PIECE];

  /// Bins of positive values, then of negative ones, then the lanes of zeros.
  private final int[] linear = new int[SIGNED_BINS + LANES];

  /// For each power of two that occurs, its [ExponentBins], those of positive values and those of
  /// negative ones in turn.
  private int[] @Nullable [] small = new int[2 * ExponentBins.FLOAT_BINS / SMALL][];

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
    if (counted > 0) {
      int shift = Math.min(needed - exponent, Integer.SIZE - 1);
      rebin(0, shift);
      rebin(1, shift);
    }
    exponent = needed;
  }

  /// In place: a bin moves to itself or to one before it.
  private void rebin(int sign, int shift) {
    int first = sign * BinWidth.BINS;
    for (int i = 0; i < BinWidth.BINS; i++) {
      int count = linear[first + i];
      linear[first + i] = 0;
      linear[first + (i >> shift)] += count;
      if (count > 0 && i >= SMALL && i >> shift < SMALL) {
        addSmall(ExponentBins.index(Math.scalb((double) i, exponent)), sign, count);
      }
    }
  }

  /// Counts the first floats of the piece, all finite and within the bins.
  void count(int size) {
    counted += size;
    if (-exponent <= MAX_FLOAT_SCALE) {
      MemorySegment.copy(pieceBytes, ValueLayout.JAVA_FLOAT, 0, values, 0, size);
      // Multiplying by a power of two is exact, or leaves less than the first bin on underflow.
      findBins(piece, values, Math.scalb(1.0f, -exponent), bins, size);
    } else {
      findBins(size);
    }
    increment(linear, bins, size);
    countSmall(small(piece, bins, smallBits, size));
  }

  private static void findBins(int[] piece, float[] values, float scale, int[] bins, int size) {
    int[] lanes = LANE_OF_POSITION;
    for (int i = 0; i < size; i++) {
      int bits = piece[i];
      int bin = (int) (Math.abs(values[i]) * scale) + ((bits >> 31) & BinWidth.BINS);
      int ifZero = ((bits & MAGNITUDE) - 1) >> 31;
      bins[i] = (bin & ~ifZero) | (lanes[i] & ifZero);
    }
  }

  /// For scales that a float cannot represent.
  private void findBins(int size) {
    for (int i = 0; i < size; i++) {
      float magnitude = Float.intBitsToFloat(piece[i] & MAGNITUDE);
      bins[i] =
          magnitude == 0
              ? LANE_OF_POSITION[i]
              : ((piece[i] >> 31) & BinWidth.BINS) + BinWidth.index(magnitude, exponent);
    }
  }

  private static void increment(int[] counters, int[] bins, int size) {
    for (int i = 0; i < size; i++) {
      counters[bins[i]]++;
    }
  }

  /// Collects without a branch, which could not be predicted.
  private static int small(int[] piece, int[] bins, int[] found, int size) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      found[count] = piece[i];
      int isSmall = ((bins[i] & (BinWidth.BINS - 1)) - SMALL) >>> 31;
      int isZero = bins[i] >>> LOG2_SIGNED_BINS;
      count += isSmall & ~isZero;
    }
    return count;
  }

  private void countSmall(int size) {
    for (int i = 0; i < size; i++) {
      double magnitude = Float.intBitsToFloat(smallBits[i] & MAGNITUDE);
      addSmall(ExponentBins.index(magnitude), smallBits[i] >>> 31, 1);
    }
  }

  /// Counts one value, finite and within the bins.
  void count(double value) {
    counted++;
    if (value == 0) {
      linear[SIGNED_BINS]++;
      return;
    }
    int sign = value < 0 ? 1 : 0;
    int bin = BinWidth.index(Math.abs(value), exponent);
    linear[sign * BinWidth.BINS + bin]++;
    if (bin < SMALL) {
      addSmall(ExponentBins.index(Math.abs(value)), sign, 1);
    }
  }

  private void addSmall(int bin, int sign, int count) {
    int octave = bin / SMALL * 2 + sign;
    if (octave >= small.length) {
      small = Arrays.copyOf(small, 2 * ExponentBins.BINS / SMALL);
    }
    int[] counters = small[octave];
    if (counters == null) {
      counters = new int[SMALL];
      small[octave] = counters;
    }
    counters[bin % SMALL] += count;
  }

  /// How many zeros were counted.
  long zeros() {
    long sum = 0;
    for (int lane = SIGNED_BINS; lane < linear.length; lane++) {
      sum += linear[lane];
    }
    return sum;
  }

  /// The counts without zeros.
  Bins packed() {
    BinCounts.Writer packed = new BinCounts.Writer();
    for (int i = 0; i < SIGNED_BINS; i++) {
      packed.add(i, linear[i]);
    }
    BinCounts.Writer packedSmall = new BinCounts.Writer();
    for (int sign = 0; sign < 2; sign++) {
      for (int octave = sign; octave < small.length; octave += 2) {
        int[] counters = small[octave];
        for (int i = 0; counters != null && i < SMALL; i++) {
          packedSmall.add(sign * ExponentBins.BINS + octave / 2 * SMALL + i, counters[i]);
        }
      }
    }
    return new Bins(exponent, packed.done(), packedSmall.done());
  }

  /// Resets the counters.
  ///
  /// @param width `log2` of the width of their bins from now on
  void clear(int width) {
    Arrays.fill(linear, 0);
    for (int[] counters : small) {
      if (counters != null) {
        Arrays.fill(counters, 0);
      }
    }
    counted = 0;
    exponent = width;
  }
}
