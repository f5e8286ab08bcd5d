// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Collects the elements of tensors into a [Histogram]. Not thread-safe: use one builder per
/// thread, then [Histogram#merge].
///
/// Works through a tensor in pieces that stay in the first-level cache: simple loops, which the
/// compiler vectorizes, find the extremes and compute the bins; a last one counts them. Allocates
/// its counters with the first value, and afterwards nothing but what a wider range needs. Builders
/// that share counters pack their counts after each tensor: slower, with a tenth of the memory.
public final class HistogramBuilder {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int PIECE = Counters.PIECE;
  private static final int MAGNITUDE = Counters.MAGNITUDE;
  private static final int INFINITY = 0x7F80_0000;

  private final int limit;
  private final Workspace workspace;
  private final int[] piece;
  private final boolean shareCounters;
  private @Nullable Counters counters;

  /// Counts packed before the counters were reset.
  private Bins packed = Bins.EMPTY;

  private boolean anyFinite;
  private double min;
  private double max;
  private final SampleExtremes.Sums samples = new SampleExtremes.Sums();
  private boolean anyFiniteInSample;
  private double sampleMin;
  private double sampleMax;
  private long zeros;
  private long nans;
  private long positiveInfinities;
  private long negativeInfinities;
  private long tensors;

  /// Memory for the work on one piece. Builders of the same thread share it, so it stays in the
  /// first-level cache.
  public static final class Workspace {
    private final int[] piece = new int[PIECE];
    private @Nullable Counters shared;

    private Counters counters() {
      if (shared == null) {
        shared = new Counters(piece);
      }
      return shared;
    }
  }

  public HistogramBuilder() {
    this(Integer.MAX_VALUE, new Workspace(), false);
  }

  /// @param limit how many values are counted in `int` counters, 1024 or more
  /// @param shareCounters whether to use those of the workspace
  public HistogramBuilder(int limit, Workspace workspace, boolean shareCounters) {
    this.limit = limit;
    this.workspace = workspace;
    this.piece = workspace.piece;
    this.shareCounters = shareCounters;
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
    Counters used = counters();
    if (type == DataType.DOUBLE) {
      for (long i = 0; i < tensor.elements(); i++) {
        addDouble(used, tensor.doubleAt(i));
      }
    } else {
      for (long start = 0; start < tensor.elements(); start += PIECE) {
        int size = (int) Math.min(PIECE, tensor.elements() - start);
        load(tensor, start, size);
        addPiece(used, size);
      }
    }
    if (shareCounters) {
      pack(used);
    }
    if (anyFiniteInSample) {
      samples.add(sampleMin, sampleMax);
    }
  }

  /// The histogram so far; the builder stays usable.
  public Histogram build() {
    Bins bins = packed;
    long allZeros = zeros;
    Counters used = counters;
    if (used != null && !shareCounters) {
      bins = packed.plus(used.packed());
      allZeros += used.zeros();
    }
    return new Histogram(
        bins,
        new Histogram.Extremes(min, max),
        new Histogram.Specials(allZeros, nans, positiveInfinities, negativeInfinities),
        samples.sums());
  }

  private Counters counters() {
    Counters used = counters;
    if (used == null) {
      used = shareCounters ? workspace.counters() : new Counters(piece);
      counters = used;
    }
    if (shareCounters) {
      used.widen(packed.exponent());
    }
    return used;
  }

  /// Packs the recent counts, so that they cannot overflow and take little memory.
  private void pack(Counters used) {
    packed = packed.plus(used.packed());
    zeros += used.zeros();
    used.clear(shareCounters ? BinWidth.MIN_EXPONENT : packed.exponent());
  }

  /// How many tensors were added, empty ones included.
  public long tensors() {
    return tensors;
  }

  /// NaN values so far.
  public long nans() {
    return nans;
  }

  /// Infinities of both signs so far.
  public long infinities() {
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

  private void addPiece(Counters used, int loaded) {
    int size = loaded;
    long range = range(piece, size);
    if (highest(range) >= INFINITY || lowest(range) <= sortable(INFINITY | Integer.MIN_VALUE)) {
      size = setAsideNonFinite(loaded);
      if (size == 0) {
        return;
      }
      range = range(piece, size);
    }
    reserve(used, size);
    widen(
        used,
        Float.intBitsToFloat(sortable(lowest(range))),
        Float.intBitsToFloat(sortable(highest(range))));
    used.count(size);
  }

  private void reserve(Counters used, int size) {
    if (used.counted() > limit - size) {
      pack(used);
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

  /// Updates the extremes.
  private void widen(Counters used, double lowest, double highest) {
    // Adding zero turns -0.0 into 0.0.
    sampleMin = (anyFiniteInSample ? Math.min(sampleMin, lowest) : lowest) + 0.0;
    sampleMax = (anyFiniteInSample ? Math.max(sampleMax, highest) : highest) + 0.0;
    anyFiniteInSample = true;
    min = anyFinite ? Math.min(min, sampleMin) : sampleMin;
    max = anyFinite ? Math.max(max, sampleMax) : sampleMax;
    anyFinite = true;
    used.widen(BinWidth.exponentFor(Math.max(Math.abs(min), Math.abs(max))));
  }

  private void addDouble(Counters used, double value) {
    if (Double.isNaN(value)) {
      nans++;
    } else if (value == Double.POSITIVE_INFINITY) {
      positiveInfinities++;
    } else if (value == Double.NEGATIVE_INFINITY) {
      negativeInfinities++;
    } else {
      reserve(used, 1);
      widen(used, value, value);
      used.count(value);
    }
  }
}
