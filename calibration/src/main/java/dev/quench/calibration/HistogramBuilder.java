// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Collects the elements of tensors into a [Histogram]. Not thread-safe: one builder a thread, then
/// [Histogram#merge].
///
/// Works through a tensor in pieces that stay in the first-level cache: one loop finds the
/// extremes, a second one counts, after the bins have been widened if need be. No allocation per
/// tensor.
public final class HistogramBuilder {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int PIECE = 2048;
  private static final int MAGNITUDE = 0x7FFF_FFFF;
  private static final int INFINITY = 0x7F80_0000;

  /// Largest exponent of `2^-k` that is a finite float.
  private static final int MAX_FLOAT_SCALE = 127;

  private final int[] piece = new int[PIECE];
  private long[] counts = new long[BinWidth.BINS];
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
        counts.clone(),
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
    int lowest = Integer.MAX_VALUE;
    int highest = Integer.MIN_VALUE;
    for (int i = 0; i < size; i++) {
      int key = sortable(piece[i]);
      lowest = Math.min(lowest, key);
      highest = Math.max(highest, key);
    }
    if (highest >= INFINITY || lowest <= sortable(INFINITY | Integer.MIN_VALUE)) {
      size = setAsideNonFinite(loaded);
      if (size == 0) {
        return;
      }
      lowest = Integer.MAX_VALUE;
      highest = Integer.MIN_VALUE;
      for (int i = 0; i < size; i++) {
        int key = sortable(piece[i]);
        lowest = Math.min(lowest, key);
        highest = Math.max(highest, key);
      }
    }
    widen(Float.intBitsToFloat(sortable(lowest)), Float.intBitsToFloat(sortable(highest)));
    if (-exponent <= MAX_FLOAT_SCALE) {
      count(size, Math.scalb(1.0f, -exponent));
    } else {
      count(size, Math.scalb(1.0, -exponent));
    }
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
      counts = Histogram.rebinned(counts, needed - exponent);
      exponent = needed;
    }
  }

  /// Multiplying by a power of two is exact, or leaves less than the first bin when it underflows.
  private void count(int size, float scale) {
    int[] bits = piece;
    long[] into = counts;
    int zerosHere = 0;
    for (int i = 0; i < size; i++) {
      zerosHere += ((bits[i] & MAGNITUDE) - 1) >>> 31;
    }
    for (int i = 0; i < size; i++) {
      into[(int) (Float.intBitsToFloat(bits[i] & MAGNITUDE) * scale)]++;
    }
    into[0] -= zerosHere;
    zeros += zerosHere;
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
