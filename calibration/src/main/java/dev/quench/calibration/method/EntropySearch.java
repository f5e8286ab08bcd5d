// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

/// Finds how many bins of a histogram to keep so that 128 levels lose the least information.
///
/// Definition, for `m` kept bins with counts `c[0..m)`: P is `c[0..m)` with all counts beyond added
/// to `P[m-1]`; Q is the unmodified `c[0..m)` in 128 buckets, bucket `b` from bin `⌊b·m/128⌋` to
/// `⌊(b+1)·m/128⌋`, the mass of each spread evenly over those of its bins where P is not zero.
/// `D(m) = Σ P log(P/Q)` after each has been divided by its sum. It is infinite, and `m` never
/// chosen, if the last bucket holds only values that were cut off. Source: Migacz, "8-bit Inference
/// with TensorRT", GTC 2017 (S7310). Differs from it: exact zeros are in no bin, because every
/// scale represents them exactly; the bins are 2049 to 4096 instead of 2048; `m` goes from a
/// sixteenth of the bins in use, which is where 128 of 2048 bins begin; and no `m` cuts off more
/// than a thousandth of the values. The last bound is needed because the divergence ignores how far
/// a value moves: if a third of all values are equal, as in the background of images, it would add
/// another third to their bin.
///
/// With prefix sums of counts, of non-zero bins and of `c log c`, a bucket costs one look-up in a
/// table of `mass log(mass/bins)`, which needs one logarithm for each width and start of a bucket.
final class EntropySearch {
  static final int LEVELS = 128;

  /// The smallest threshold is this fraction of the bins in use.
  private static final int SMALLEST_FRACTION = 16;

  /// At most one value in this many may lie beyond the threshold.
  private static final long CUT_OFF_AT_MOST = 1000;

  /// Divergences closer than this are rounding noise and count as a tie, which the first candidate
  /// wins.
  private static final double TIE = 1e-12;

  private final int bins;
  private final long[] mass;
  private final int[] filled;
  private final double[] logarithms;

  /// Terms of buckets by their first bin: those of an even number of bins, then those of an odd
  /// one.
  private final double[] terms;

  private final double[] logOfWidth;
  private int tableWidth;

  /// @param counts with at least [#LEVELS] bins in use
  /// @param bins how many are in use; the last one is not empty
  EntropySearch(long[] counts, int bins) {
    this.bins = bins;
    this.mass = new long[bins + 1];
    this.filled = new int[bins + 1];
    this.logarithms = new double[bins + 1];
    this.terms = new double[2 * bins];
    this.logOfWidth = new double[bins / LEVELS + 2];
    for (int i = 1; i < logOfWidth.length; i++) {
      logOfWidth[i] = Math.log(i);
    }
    for (int i = 0; i < bins; i++) {
      mass[i + 1] = Math.addExact(mass[i], counts[i]);
      filled[i + 1] = filled[i] + (counts[i] == 0 ? 0 : 1);
      logarithms[i + 1] = logarithms[i] + timesLog(counts[i]);
    }
  }

  /// The smallest number of bins to keep.
  int firstCandidate() {
    int first = Math.max(LEVELS, Math.ceilDiv(bins, SMALLEST_FRACTION));
    long total = mass[bins];
    while (total - mass[first] > total / CUT_OFF_AT_MOST) {
      first++;
    }
    return first;
  }

  /// The number of bins to keep; `bins` if nothing should be cut off.
  int keptBins() {
    return keptBins(firstCandidate());
  }

  /// The number of bins to keep, at least `first`.
  int keptBins(int first) {
    int best = bins;
    double smallest = Double.POSITIVE_INFINITY;
    for (int kept = first; kept <= bins; kept++) {
      double divergence = divergence(kept);
      if (divergence < smallest - TIE) {
        smallest = divergence;
        best = kept;
      }
    }
    return best;
  }

  /// `D(kept)` in nats; fast for ascending arguments.
  double divergence(int kept) {
    int width = kept / LEVELS;
    tabulate(width);
    long total = mass[bins];
    long beyond = total - mass[kept];
    long last = mass[kept] - mass[kept - 1];
    int lastStart = (LEVELS - 1) * kept / LEVELS;
    long lastMass = mass[kept] - mass[lastStart];
    if (lastMass == 0 && beyond > 0) {
      return Double.POSITIVE_INFINITY;
    }
    double cross = 0;
    int start = 0;
    for (int bucket = 1; bucket < LEVELS; bucket++) {
      int end = bucket * kept / LEVELS;
      cross += terms[((end - start) & 1) * bins + start];
      start = end;
    }
    if (lastMass > 0) {
      int spread = filled[kept] - filled[lastStart] + (last == 0 && beyond > 0 ? 1 : 0);
      cross += (lastMass + beyond) * Math.log((double) lastMass / spread);
    }
    double self = logarithms[kept] - timesLog(last) + timesLog(last + beyond);
    return (self - cross) / total + Math.log((double) mass[kept] / total);
  }

  /// Fills `terms` with those of buckets of `width` and of `width + 1` bins.
  private void tabulate(int width) {
    if (width == tableWidth) {
      return;
    }
    if (width != tableWidth + 1 || tableWidth == 0) {
      fill(width);
    }
    fill(width + 1);
    tableWidth = width;
  }

  private void fill(int width) {
    int row = (width & 1) * bins;
    for (int start = 0; start + width <= bins; start++) {
      long within = mass[start + width] - mass[start];
      int spread = filled[start + width] - filled[start];
      terms[row + start] =
          within == 0 ? 0 : within * (Math.log((double) within) - logOfWidth[spread]);
    }
  }

  private static double timesLog(long count) {
    return count == 0 ? 0 : count * Math.log((double) count);
  }
}
