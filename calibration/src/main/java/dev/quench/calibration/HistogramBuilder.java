// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Collects the elements of tensors into a [Histogram]. Not thread-safe: one builder a thread, then
/// [Histogram#merge].
///
/// Works through a tensor in pieces that stay in the first-level cache: simple loops, which the
/// compiler vectorizes, find the extremes, count the zeros and compute the bins; a last one counts
/// them. No allocation per tensor.
public final class HistogramBuilder {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int PIECE = 1024;
  private static final int MAGNITUDE = 0x7FFF_FFFF;
  private static final int INFINITY = 0x7F80_0000;

  /// Largest exponent of `2^-k` that is a finite float.
  private static final int MAX_FLOAT_SCALE = 127;

  /// Values of the first bin, most of them zeros, take turns on these further counters: a processor
  /// waits when it increments the same one again and again.
  private static final int LANES = 8;

  private static final int[] LANE_OF_POSITION = new int[PIECE];

  static {
    for (int i = 0; i < PIECE; i++) {
      LANE_OF_POSITION[i] = BinWidth.BINS + i % LANES;
    }
  }

  private final int[] piece = new int[PIECE];
  private final MemorySegment pieceBytes = MemorySegment.ofArray(piece);
  private final float[] values = new float[PIECE];
  private final int[] bins = new int[PIECE];

  /// The bins, then the lanes of the first one.
  private long[] counts = new long[BinWidth.BINS + LANES];

  private int exponent = BinWidth.MIN_EXPONENT;
  private boolean anyFinite;
  private double min;
  private double max;
  private long zeros;
  private long nans;
  private long positiveInfinities;
  private long negativeInfinities;
  private long tensors;

  /// Counts every element.
  ///
  /// @param tensor of a floating-point type; borrowed for the call
  /// @throws IllegalArgumentException for other types
  public void add(Tensor tensor) {
    DataType type = tensor.dataType();
    if (!type.isFloating()) {
      throw new IllegalArgumentException(
          "a histogram counts floating-point elements, got a tensor of " + type);
    }
    tensors++;
    if (type == DataType.DOUBLE) {
      for (long i = 0; i < tensor.elements(); i++) {
        addDouble(tensor.doubleAt(i));
      }
      return;
    }
    for (long start = 0; start < tensor.elements(); start += PIECE) {
      int size = (int) Math.min(PIECE, tensor.elements() - start);
      load(tensor, start, size);
      addPiece(size);
    }
  }

  /// The values so far; this builder can go on.
  public Histogram build() {
    return new Histogram(
        exponent,
        foldedCounts(),
        new Histogram.Extremes(min, max),
        new Histogram.Specials(zeros, nans, positiveInfinities, negativeInfinities));
  }

  /// How many tensors were added, empty ones included.
  long tensors() {
    return tensors;
  }

  /// NaN values so far.
  long nans() {
    return nans;
  }

  /// Infinities of both signs so far.
  long infinities() {
    return positiveInfinities + negativeInfinities;
  }

  /// Fills `piece` with the elements as bits of floats, exactly.
  private void load(Tensor tensor, long start, int size) {
    MemorySegment bytes = tensor.bytes();
    switch (tensor.dataType()) {
      case FLOAT -> MemorySegment.copy(bytes, INT, start * 4, piece, 0, size);
      case BFLOAT16 -> {
        for (int i = 0; i < size; i++) {
          piece[i] = bytes.get(SHORT, (start + i) * 2) << 16;
        }
      }
      case FLOAT16 -> {
        for (int i = 0; i < size; i++) {
          piece[i] =
              Float.floatToRawIntBits(Float.float16ToFloat(bytes.get(SHORT, (start + i) * 2)));
        }
      }
      default -> {
        for (int i = 0; i < size; i++) {
          piece[i] = Float.floatToRawIntBits((float) tensor.doubleAt(start + i));
        }
      }
    }
  }

  /// Floats compare like their bits read as integers, once the magnitude bits of negative ones are
  /// flipped.
  private static int sortable(int bits) {
    return bits ^ ((bits >> 31) & MAGNITUDE);
  }

  private void addPiece(int loaded) {
    int size = loaded;
    int lowest = lowest(piece, size);
    int highest = highest(piece, size);
    if (highest >= INFINITY || lowest <= sortable(INFINITY | Integer.MIN_VALUE)) {
      size = setAsideNonFinite(loaded);
      if (size == 0) {
        return;
      }
      lowest = lowest(piece, size);
      highest = highest(piece, size);
    }
    widen(Float.intBitsToFloat(sortable(lowest)), Float.intBitsToFloat(sortable(highest)));
    if (-exponent <= MAX_FLOAT_SCALE) {
      count(size, Math.scalb(1.0f, -exponent));
    } else {
      count(size, Math.scalb(1.0, -exponent));
    }
  }

  private static int lowest(int[] bits, int size) {
    int lowest = Integer.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      lowest = Math.min(lowest, sortable(bits[i]));
    }
    return lowest;
  }

  private static int highest(int[] bits, int size) {
    int highest = Integer.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      highest = Math.max(highest, sortable(bits[i]));
    }
    return highest;
  }

  /// Counts NaN and infinities and moves the finite values to the front.
  private int setAsideNonFinite(int size) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      int bits = piece[i];
      if ((bits & MAGNITUDE) < INFINITY) {
        piece[kept++] = bits;
      } else if ((bits & MAGNITUDE) > INFINITY) {
        nans++;
      } else if (bits > 0) {
        positiveInfinities++;
      } else {
        negativeInfinities++;
      }
    }
    return kept;
  }

  /// Takes new extremes into account and, if the magnitude outgrew the bins, adds them up in pairs.
  private void widen(double lowest, double highest) {
    // Adding zero turns -0.0 into 0.0.
    min = (anyFinite ? Math.min(min, lowest) : lowest) + 0.0;
    max = (anyFinite ? Math.max(max, highest) : highest) + 0.0;
    anyFinite = true;
    int needed = BinWidth.exponentFor(Math.max(Math.abs(min), Math.abs(max)));
    if (needed > exponent) {
      long[] wider = Histogram.rebinned(foldedCounts(), needed - exponent);
      counts = Arrays.copyOf(wider, BinWidth.BINS + LANES);
      exponent = needed;
    }
  }

  /// The counts of the bins alone.
  private long[] foldedCounts() {
    long[] folded = Arrays.copyOf(counts, BinWidth.BINS);
    for (int lane = 0; lane < LANES; lane++) {
      folded[0] += counts[BinWidth.BINS + lane];
    }
    return folded;
  }

  /// Multiplying by a power of two is exact, or leaves less than the first bin when it underflows.
  private void count(int size, float scale) {
    MemorySegment.copy(pieceBytes, ValueLayout.JAVA_FLOAT, 0, values, 0, size);
    int zerosHere = countZeros(piece, size);
    findBins(values, scale, bins, size);
    increment(counts, bins, size);
    counts[0] -= zerosHere;
    zeros += zerosHere;
  }

  private static int countZeros(int[] bits, int size) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      count += ((bits[i] & MAGNITUDE) - 1) >>> 31;
    }
    return count;
  }

  private static void findBins(float[] values, float scale, int[] bins, int size) {
    int[] lanes = LANE_OF_POSITION;
    for (int i = 0; i < size; i++) {
      int bin = (int) (Math.abs(values[i]) * scale);
      bins[i] = bin + (((bin - 1) >> 31) & lanes[i]);
    }
  }

  private static void increment(long[] counts, int[] bins, int size) {
    for (int i = 0; i < size; i++) {
      counts[bins[i]]++;
    }
  }

  private void count(int size, double scale) {
    for (int i = 0; i < size; i++) {
      float magnitude = Float.intBitsToFloat(piece[i] & MAGNITUDE);
      if (magnitude == 0) {
        zeros++;
      } else {
        counts[(int) (magnitude * scale)]++;
      }
    }
  }

  private void addDouble(double value) {
    if (Double.isNaN(value)) {
      nans++;
    } else if (value == Double.POSITIVE_INFINITY) {
      positiveInfinities++;
    } else if (value == Double.NEGATIVE_INFINITY) {
      negativeInfinities++;
    } else {
      widen(value, value);
      if (value == 0) {
        zeros++;
      } else {
        counts[BinWidth.index(Math.abs(value), exponent)]++;
      }
    }
  }
}
