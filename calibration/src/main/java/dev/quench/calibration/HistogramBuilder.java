// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Collects the elements of tensors into a [Histogram]. Not thread-safe: one builder a thread, then
/// [Histogram#merge].
///
/// Works through a tensor in pieces that stay in the first-level cache: simple loops, which the
/// compiler vectorizes, find the extremes and compute the bins; a last one counts them. Allocates
/// nothing but the three sums of extremes, once a tensor.
public final class HistogramBuilder {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int PIECE = 1024;
  private static final int MAGNITUDE = 0x7FFF_FFFF;
  private static final int INFINITY = 0x7F80_0000;
  private static final int SIGNED_BINS = 2 * BinWidth.BINS;

  /// Largest exponent of `2^-k` that is a finite float.
  private static final int MAX_FLOAT_SCALE = 127;

  /// Zeros take turns on these counters: a processor waits when it increments the same one again
  /// and again, and after a Rectified Linear Unit most values are zero.
  private static final int LANES = 8;

  private static final int[] LANE_OF_POSITION = new int[PIECE];

  static {
    for (int i = 0; i < PIECE; i++) {
      LANE_OF_POSITION[i] = SIGNED_BINS + i % LANES;
    }
  }

  private final int limit;
  private final int[] piece;
  private final MemorySegment pieceBytes;
  private final float[] values;
  private final int[] bins;

  /// Bins of positive values, then of negative ones, then the lanes of zeros: small enough to stay
  /// in the first-level cache.
  private final int[] recent = new int[SIGNED_BINS + LANES];

  /// What `recent` held before it could overflow; rarely needed.
  private long @Nullable [] counts;

  private int recentValues;
  private int exponent = BinWidth.MIN_EXPONENT;
  private boolean anyFinite;
  private double min;
  private double max;
  private SampleExtremes samples = SampleExtremes.NONE;
  private boolean anyFiniteInSample;
  private double sampleMin;
  private double sampleMax;
  private long zeros;
  private long nans;
  private long positiveInfinities;
  private long negativeInfinities;
  private long tensors;

  /// Memory for the work on one piece. Builders that are used by the same thread share it, so that
  /// it stays in the first-level cache.
  static final class Workspace {
    private final int[] piece = new int[PIECE];
    private final MemorySegment pieceBytes = MemorySegment.ofArray(piece);
    private final float[] values = new float[PIECE];
    private final int[] bins = new int[PIECE];
  }

  public HistogramBuilder() {
    this(Integer.MAX_VALUE, new Workspace());
  }

  /// @param limit how many values are counted in `int` counters, 1024 or more
  HistogramBuilder(int limit, Workspace workspace) {
    this.limit = limit;
    this.piece = workspace.piece;
    this.pieceBytes = workspace.pieceBytes;
    this.values = workspace.values;
    this.bins = workspace.bins;
  }

  /// Counts every element of one sample.
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
    anyFiniteInSample = false;
    if (type == DataType.DOUBLE) {
      for (long i = 0; i < tensor.elements(); i++) {
        addDouble(tensor.doubleAt(i));
      }
    } else {
      for (long start = 0; start < tensor.elements(); start += PIECE) {
        int size = (int) Math.min(PIECE, tensor.elements() - start);
        load(tensor, start, size);
        addPiece(size);
      }
    }
    if (anyFiniteInSample) {
      samples = samples.with(sampleMin, sampleMax);
    }
  }

  /// The values so far; this builder can go on.
  public Histogram build() {
    return new Histogram(
        exponent,
        allCounts(),
        new Histogram.Extremes(min, max),
        new Histogram.Specials(zeros + recentZeros(), nans, positiveInfinities, negativeInfinities),
        samples);
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
    long range = range(piece, size);
    if (highest(range) >= INFINITY || lowest(range) <= sortable(INFINITY | Integer.MIN_VALUE)) {
      size = setAsideNonFinite(loaded);
      if (size == 0) {
        return;
      }
      range = range(piece, size);
    }
    widen(
        Float.intBitsToFloat(sortable(lowest(range))),
        Float.intBitsToFloat(sortable(highest(range))));
    if (-exponent <= MAX_FLOAT_SCALE) {
      count(size, Math.scalb(1.0f, -exponent));
    } else {
      count(size, Math.scalb(1.0, -exponent));
    }
  }

  /// Both extremes as [#sortable], the highest in the upper half.
  private static long range(int[] bits, int size) {
    int lowest = Integer.MAX_VALUE;
    int highest = Integer.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      int value = sortable(bits[i]);
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    return (long) highest << Integer.SIZE | Integer.toUnsignedLong(lowest);
  }

  private static int lowest(long range) {
    return (int) range;
  }

  private static int highest(long range) {
    return (int) (range >> Integer.SIZE);
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
    sampleMin = (anyFiniteInSample ? Math.min(sampleMin, lowest) : lowest) + 0.0;
    sampleMax = (anyFiniteInSample ? Math.max(sampleMax, highest) : highest) + 0.0;
    anyFiniteInSample = true;
    min = anyFinite ? Math.min(min, sampleMin) : sampleMin;
    max = anyFinite ? Math.max(max, sampleMax) : sampleMax;
    anyFinite = true;
    int needed = BinWidth.exponentFor(Math.max(Math.abs(min), Math.abs(max)));
    if (needed > exponent) {
      rebin(recent, 0, needed - exponent);
      rebin(recent, BinWidth.BINS, needed - exponent);
      if (counts != null) {
        counts = Histogram.rebinned(counts, needed - exponent);
      }
      exponent = needed;
    }
  }

  /// In place: a bin moves to itself or to one before it.
  private static void rebin(int[] counters, int first, int doublings) {
    int shift = Math.min(doublings, Integer.SIZE - 1);
    for (int i = 0; i < BinWidth.BINS; i++) {
      int count = counters[first + i];
      counters[first + i] = 0;
      counters[first + (i >> shift)] += count;
    }
  }

  private long[] allCounts() {
    long[] all = counts == null ? new long[SIGNED_BINS] : counts.clone();
    for (int i = 0; i < SIGNED_BINS; i++) {
      all[i] += recent[i];
    }
    return all;
  }

  private long recentZeros() {
    long sum = 0;
    for (int lane = SIGNED_BINS; lane < recent.length; lane++) {
      sum += recent[lane];
    }
    return sum;
  }

  /// Moves what was counted lately to where it cannot overflow.
  private void flush() {
    counts = allCounts();
    zeros += recentZeros();
    Arrays.fill(recent, 0);
    recentValues = 0;
  }

  private void reserve(int size) {
    if (recentValues > limit - size) {
      flush();
    }
    recentValues += size;
  }

  /// Multiplying by a power of two is exact, or leaves less than the first bin when it underflows.
  private void count(int size, float scale) {
    reserve(size);
    MemorySegment.copy(pieceBytes, ValueLayout.JAVA_FLOAT, 0, values, 0, size);
    findBins(piece, values, scale, bins, size);
    increment(recent, bins, size);
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

  private static void increment(int[] counters, int[] bins, int size) {
    for (int i = 0; i < size; i++) {
      counters[bins[i]]++;
    }
  }

  private void count(int size, double scale) {
    reserve(size);
    for (int i = 0; i < size; i++) {
      float magnitude = Float.intBitsToFloat(piece[i] & MAGNITUDE);
      if (magnitude == 0) {
        recent[SIGNED_BINS]++;
      } else {
        recent[((piece[i] >> 31) & BinWidth.BINS) + (int) (magnitude * scale)]++;
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
        reserve(1);
        recent[(value < 0 ? BinWidth.BINS : 0) + BinWidth.index(Math.abs(value), exponent)]++;
      }
    }
  }
}
