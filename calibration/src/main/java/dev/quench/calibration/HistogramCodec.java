// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The canonical bytes of a [Histogram]: big-endian numbers, then for each bin that is not empty
/// the distance to the one before and its count, both as base-128 varints, least significant group
/// first.
final class HistogramCodec {
  private static final byte VERSION = 1;

  private HistogramCodec() {}

  static byte[] encode(Histogram histogram) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeShort(histogram.binExponent());
      out.writeDouble(histogram.min());
      out.writeDouble(histogram.max());
      Histogram.Specials specials = histogram.specials();
      out.writeLong(specials.zeros());
      out.writeLong(specials.nans());
      out.writeLong(specials.positiveInfinities());
      out.writeLong(specials.negativeInfinities());
      int filled = 0;
      for (int i = 0; i < Histogram.BINS; i++) {
        filled += histogram.count(i) == 0 ? 0 : 1;
      }
      out.writeShort(filled);
      int previous = -1;
      for (int i = 0; i < Histogram.BINS; i++) {
        if (histogram.count(i) != 0) {
          writeVarint(out, i - previous);
          writeVarint(out, histogram.count(i));
          previous = i;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  /// @param where for messages
  /// @throws CalibrationException unless the bytes are exactly what [#encode] writes for some
  ///   histogram
  static Histogram decode(byte[] bytes, String where) {
    try {
      Histogram histogram = parse(ByteBuffer.wrap(bytes));
      if (!Arrays.equals(encode(histogram), bytes)) {
        throw new IllegalArgumentException("its bytes are not in canonical form");
      }
      return histogram;
    } catch (BufferUnderflowException | ArithmeticException | IllegalArgumentException e) {
      String reason = e instanceof BufferUnderflowException ? "it ends too early" : e.getMessage();
      throw new CalibrationException(
          where + ": not a valid histogram: " + reason + "; calibrate again", e);
    }
  }

  private static Histogram parse(ByteBuffer in) {
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalArgumentException("version %d, expected %d".formatted(version, VERSION));
    }
    int exponent = in.getShort();
    Histogram.Extremes extremes = new Histogram.Extremes(in.getDouble(), in.getDouble());
    Histogram.Specials specials =
        new Histogram.Specials(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    int filled = in.getShort();
    long[] counts = new long[Histogram.BINS];
    int last = -1;
    for (int i = 0; i < filled; i++) {
      long bin = Math.addExact(last, readVarint(in));
      if (bin <= last || bin >= Histogram.BINS) {
        throw new IllegalArgumentException("bin " + bin + " of " + Histogram.BINS);
      }
      last = (int) bin;
      counts[last] = readVarint(in);
    }
    Histogram histogram = new Histogram(exponent, counts, extremes, specials);
    check(histogram, last);
    return histogram;
  }

  private static void check(Histogram histogram, int last) {
    double min = histogram.min();
    double max = histogram.max();
    if (!Double.isFinite(min) || !Double.isFinite(max) || min > max) {
      throw new IllegalArgumentException("its range is [%s, %s]".formatted(min, max));
    }
    if (isNegativeZero(min) || isNegativeZero(max)) {
      throw new IllegalArgumentException("its range has a negative zero");
    }
    Histogram.Specials specials = histogram.specials();
    if (specials.zeros() > 0 && (min > 0 || max < 0)) {
      throw new IllegalArgumentException("its range leaves out its zeros");
    }
    if (specials.zeros() < 0
        || specials.nans() < 0
        || specials.positiveInfinities() < 0
        || specials.negativeInfinities() < 0) {
      throw new IllegalArgumentException("a count is negative");
    }
    if (histogram.binExponent() != BinWidth.exponentFor(histogram.amax())
        || histogram.usedBins() != last + 1) {
      throw new IllegalArgumentException("its bins do not fit its range");
    }
  }

  private static boolean isNegativeZero(double value) {
    return Double.compare(value, -0.0) == 0;
  }

  private static void writeVarint(DataOutputStream out, long value) throws IOException {
    long rest = value;
    while (rest > 0x7F) {
      out.writeByte((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  private static long readVarint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      byte group = in.get();
      value |= (long) (group & 0x7F) << shift;
      if (group >= 0) {
        if (value == 0) {
          throw new IllegalArgumentException("a count is zero");
        }
        return value;
      }
    }
    throw new IllegalArgumentException("a count is too large");
  }
}
