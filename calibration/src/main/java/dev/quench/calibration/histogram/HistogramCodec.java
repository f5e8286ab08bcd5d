// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import dev.quench.run.CalibrationException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The canonical bytes of a [Histogram]: big-endian numbers, then for each non-empty bin, positive
/// values first, the distance from the previous one and its count, both as base-128 varints, least
/// significant group first. Version 3 appends the [ExponentBins] in the same form; version 2 is
/// written for a histogram without them, such as one from an older file.
public final class HistogramCodec {
  private static final byte WITHOUT_SMALL = 2;
  private static final byte WITH_SMALL = 3;

  private static final int SIGNED_BINS = 2 * Histogram.BINS;

  private HistogramCodec() {}

  public static byte[] encode(Histogram histogram) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      Bins bins = histogram.bins();
      boolean withSmall = bins.small().filled() > 0;
      out.writeByte(withSmall ? WITH_SMALL : WITHOUT_SMALL);
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
      out.writeShort(bins.linear().filled());
      out.write(bins.linear().bytes());
      if (withSmall) {
        out.writeInt(bins.small().filled());
        out.write(bins.small().bytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
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
  public static Histogram decode(byte[] bytes, String where) {
    try {
      Histogram histogram = parse(ByteBuffer.wrap(bytes));
      if (!Arrays.equals(encode(histogram), bytes)) {
        throw new IllegalArgumentException("its bytes are not in canonical form");
      }
      return histogram;
    } catch (BufferUnderflowException | ArithmeticException | IllegalArgumentException e) {
      String reason = e instanceof BufferUnderflowException ? "it is truncated" : e.getMessage();
      throw new CalibrationException(
          where + ": not a valid histogram: " + reason + "; calibrate again", e);
    }
  }

  private static Histogram parse(ByteBuffer in) {
    byte version = in.get();
    if (version != WITHOUT_SMALL && version != WITH_SMALL) {
      throw new IllegalArgumentException(
          "version %d, expected %d or %d".formatted(version, WITHOUT_SMALL, WITH_SMALL));
    }
    int exponent = in.getShort();
    Histogram.Extremes extremes = new Histogram.Extremes(in.getDouble(), in.getDouble());
    Histogram.Specials specials =
        new Histogram.Specials(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    SampleExtremes samples =
        new SampleExtremes(in.getLong(), readSum(in), readSum(in), readSum(in));
    BinCounts linear = readCounts(in, in.getShort(), SIGNED_BINS);
    BinCounts small =
        version == WITH_SMALL
            ? readCounts(in, in.getInt(), 2 * ExponentBins.BINS)
            : BinCounts.EMPTY;
    Histogram histogram =
        new Histogram(new Bins(exponent, linear, small), extremes, specials, samples);
    check(histogram);
    check(histogram.sampleExtremes(), histogram);
    return histogram;
  }

  private static BinCounts readCounts(ByteBuffer in, int filled, int bins) {
    BinCounts.Writer counts = new BinCounts.Writer();
    int last = -1;
    for (int i = 0; i < filled; i++) {
      long bin = Math.addExact(last, readVarint(in));
      if (bin <= last || bin >= bins) {
        throw new IllegalArgumentException("bin " + bin + " of " + bins);
      }
      last = (int) bin;
      counts.add(last, readVarint(in));
    }
    return counts.done();
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
      throw new IllegalArgumentException("its range excludes its zeros");
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
    if (!histogram.bins().smallFit()) {
      throw new IllegalArgumentException("its bins by exponent do not fit the others");
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

  /// The last non-empty bin of one sign; -1 if all are empty.
  private static int lastBin(Histogram histogram, int first) {
    int last = -1;
    BinCounts.Cursor cursor = histogram.bins().linear().cursor();
    while (cursor.next()) {
      if (cursor.bin() >= first && cursor.bin() < first + Histogram.BINS) {
        last = cursor.bin() - first;
      }
    }
    return last;
  }

  private static int lastBinOf(double magnitude, Histogram histogram) {
    return magnitude == 0 ? -1 : BinWidth.index(magnitude, histogram.binExponent());
  }

  private static boolean isNegativeZero(double value) {
    return Double.compare(value, -0.0) == 0;
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
