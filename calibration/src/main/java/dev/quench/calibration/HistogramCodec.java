// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The canonical bytes of a [Histogram]: big-endian numbers, then for each bin that is not empty,
/// those of positive values first, the distance to the one before and its count, both as base-128
/// varints, least significant group first.
final class HistogramCodec {
  private static final byte VERSION = 2;

  private static final int SIGNED_BINS = 2 * Histogram.BINS;

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
      SampleExtremes samples = histogram.sampleExtremes();
      out.writeLong(samples.samples());
      writeSum(out, samples.lowest());
      writeSum(out, samples.highest());
      writeSum(out, samples.magnitude());
      int filled = 0;
      for (int i = 0; i < SIGNED_BINS; i++) {
        filled += count(histogram, i) == 0 ? 0 : 1;
      }
      out.writeShort(filled);
      int previous = -1;
      for (int i = 0; i < SIGNED_BINS; i++) {
        if (count(histogram, i) != 0) {
          writeVarint(out, i - previous);
          writeVarint(out, count(histogram, i));
          previous = i;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  private static long count(Histogram histogram, int signedBin) {
    return signedBin < Histogram.BINS
        ? histogram.positives(signedBin)
        : histogram.negatives(signedBin - Histogram.BINS);
  }

  private static void writeSum(DataOutputStream out, BigInteger sum) throws IOException {
    byte[] bytes = sum.toByteArray();
    out.writeByte(bytes.length);
    out.write(bytes);
  }

  private static BigInteger readSum(ByteBuffer in) {
    byte[] bytes = new byte[Byte.toUnsignedInt(in.get())];
    in.get(bytes);
    if (bytes.length == 0) {
      throw new IllegalArgumentException("a sum has no digits");
    }
    return new BigInteger(bytes);
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
    SampleExtremes samples =
        new SampleExtremes(in.getLong(), readSum(in), readSum(in), readSum(in));
    int filled = in.getShort();
    long[] counts = new long[SIGNED_BINS];
    int last = -1;
    for (int i = 0; i < filled; i++) {
      long bin = Math.addExact(last, readVarint(in));
      if (bin <= last || bin >= SIGNED_BINS) {
        throw new IllegalArgumentException("bin " + bin + " of " + SIGNED_BINS);
      }
      last = (int) bin;
      counts[last] = readVarint(in);
    }
    Histogram histogram = new Histogram(exponent, counts, extremes, specials, samples);
    check(histogram);
    check(histogram.sampleExtremes(), histogram);
    return histogram;
  }

  private static void check(Histogram histogram) {
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
        || lastBin(histogram, 0) != lastBinOf(Math.max(0, max), histogram)
        || lastBin(histogram, Histogram.BINS) != lastBinOf(Math.max(0, -min), histogram)) {
      throw new IllegalArgumentException("its bins do not fit its range");
    }
  }

  private static void check(SampleExtremes samples, Histogram histogram) {
    boolean anyFinite = histogram.finiteValues() > 0;
    boolean ordered =
        samples.lowest().compareTo(samples.highest()) <= 0 && samples.magnitude().signum() >= 0;
    if (!ordered
        || samples.samples() < (anyFinite ? 1 : 0)
        || samples.samples() > histogram.finiteValues()
        || (!anyFinite && !samples.equals(SampleExtremes.NONE))) {
      throw new IllegalArgumentException("the extremes of its samples do not fit its values");
    }
  }

  /// The last bin of one sign that is not empty; -1 when all are.
  private static int lastBin(Histogram histogram, int first) {
    int last = Histogram.BINS - 1;
    while (last >= 0 && count(histogram, first + last) == 0) {
      last--;
    }
    return last;
  }

  private static int lastBinOf(double magnitude, Histogram histogram) {
    return magnitude == 0 ? -1 : BinWidth.index(magnitude, histogram.binExponent());
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
