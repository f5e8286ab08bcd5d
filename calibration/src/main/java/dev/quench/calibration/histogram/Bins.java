// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.util.Arrays;

/// The counts of a histogram: all nonzero values in bins of equal width, and the values of the
/// first 128 of these bins once more in [ExponentBins].
///
/// @param exponent the width of a bin is `2^exponent`
/// @param linear [BinWidth#BINS] bins of positive values, then as many of negative ones
/// @param small [ExponentBins#BINS] bins of positive values, then as many of negative ones; empty
///   where they were not counted, as in files of older versions
record Bins(int exponent, BinCounts linear, BinCounts small) {
  /// How many bins of equal width are counted in [ExponentBins] as well, from the first on.
  static final int SMALL = ExponentBins.PER_OCTAVE;

  static final Bins EMPTY = new Bins(BinWidth.MIN_EXPONENT, BinCounts.EMPTY, BinCounts.EMPTY);

  Bins {
    if (small.total() != smallValues(linear)) {
      small = BinCounts.EMPTY;
    }
  }

  private static long smallValues(BinCounts linear) {
    long sum = 0;
    BinCounts.Cursor cursor = linear.cursor();
    while (cursor.next()) {
      sum += cursor.bin() % BinWidth.BINS < SMALL ? cursor.count() : 0;
    }
    return sum;
  }

  /// Whether finer counts of the values of the first 128 bins exist, or those bins are empty.
  boolean isFine() {
    return small.total() == smallValues(linear);
  }

  /// Whether both kinds of bins can describe the same values, as far as the counts tell.
  boolean smallFit() {
    if (small.filled() == 0) {
      return true;
    }
    long[] difference = new long[2 * SMALL];
    BinCounts.Cursor cursor = linear.cursor();
    while (cursor.next()) {
      int bin = cursor.bin() % BinWidth.BINS;
      if (bin < SMALL) {
        int sign = cursor.bin() / BinWidth.BINS;
        difference[sign * SMALL + comparable(bin)] += cursor.count();
      }
    }
    cursor = small.cursor();
    while (cursor.next()) {
      double edge = ExponentBins.lowerEdge(cursor.bin() % ExponentBins.BINS);
      if (edge >= Math.scalb((double) SMALL, exponent)) {
        return false;
      }
      int sign = cursor.bin() / ExponentBins.BINS;
      difference[sign * SMALL + comparable(BinWidth.index(edge, exponent))] -= cursor.count();
    }
    return Arrays.stream(difference).allMatch(each -> each == 0);
  }

  /// Bins that share the first one by exponent cannot be told apart there.
  private int comparable(int bin) {
    return ExponentBins.index(Math.scalb((double) bin, exponent)) == 0 ? 0 : bin;
  }

  /// The counts of both.
  ///
  /// @throws ArithmeticException if a count exceeds a `long`
  Bins plus(Bins other) {
    int common = Math.max(exponent, other.exponent);
    Bins a = widened(common);
    Bins b = other.widened(common);
    return new Bins(common, a.linear.plus(b.linear), a.small.plus(b.small));
  }

  /// The same counts in bins that are `2^(wider - exponent)` times as wide.
  Bins widened(int wider) {
    int doublings = Math.min(wider - exponent, Integer.SIZE - 1);
    if (doublings == 0) {
      return this;
    }
    BinCounts.Writer fewer = new BinCounts.Writer();
    BinCounts.Writer moved = new BinCounts.Writer();
    BinCounts.Cursor cursor = linear.cursor();
    while (cursor.next()) {
      int bin = cursor.bin() % BinWidth.BINS;
      int sign = cursor.bin() / BinWidth.BINS;
      fewer.add(sign * BinWidth.BINS + (bin >> doublings), cursor.count());
      if (bin >= SMALL && bin >> doublings < SMALL) {
        int fine = ExponentBins.index(Math.scalb((double) bin, exponent));
        moved.add(sign * ExponentBins.BINS + fine, cursor.count());
      }
    }
    return new Bins(wider, fewer.done(), small.plus(moved.done()));
  }
}
