// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import java.util.Arrays;

/// Sparse counts by bin number in compact form: for each non-empty bin, in ascending order, the
/// distance from the previous one and the count, both as base-128 varints, least significant group
/// first.
///
/// Immutable. Equality is by content.
final class BinCounts {
  static final BinCounts EMPTY = new Writer().done();

  private final byte[] bytes;
  private final int filled;
  private final long total;

  private BinCounts(byte[] bytes, int filled, long total) {
    this.bytes = bytes;
    this.filled = filled;
    this.total = total;
  }

  /// The number of non-empty bins.
  int filled() {
    return filled;
  }

  /// The sum over all bins.
  long total() {
    return total;
  }

  /// The packed form.
  byte[] bytes() {
    return bytes.clone();
  }

  Cursor cursor() {
    return new Cursor(bytes);
  }

  /// The sum per bin.
  ///
  /// @throws ArithmeticException if one exceeds a `long`
  BinCounts plus(BinCounts other) {
    if (filled == 0) {
      return other;
    }
    if (other.filled == 0) {
      return this;
    }
    Writer sum = new Writer();
    Cursor a = cursor();
    Cursor b = other.cursor();
    boolean moreA = a.next();
    boolean moreB = b.next();
    while (moreA || moreB) {
      if (!moreB || (moreA && a.bin() <= b.bin())) {
        sum.add(a.bin(), a.count());
        moreA = a.next();
      } else {
        sum.add(b.bin(), b.count());
        moreB = b.next();
      }
    }
    return sum.done();
  }

  /// The counts of the bins from `first` on, as an array.
  ///
  /// @param size how many bins
  long[] unpacked(int first, int size) {
    long[] counts = new long[size];
    Cursor cursor = cursor();
    while (cursor.next()) {
      if (cursor.bin() >= first && cursor.bin() < first + size) {
        counts[cursor.bin() - first] = cursor.count();
      }
    }
    return counts;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BinCounts that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Size, on one line.
  @Override
  public String toString() {
    return "BinCounts[%d in %d bins]".formatted(total, filled);
  }

  /// Iterates over the non-empty bins in ascending order.
  static final class Cursor {
    private final byte[] bytes;
    private int position;
    private int bin = -1;
    private long count;

    private Cursor(byte[] bytes) {
      this.bytes = bytes;
    }

    /// Moves to the next bin; false at the end.
    boolean next() {
      if (position == bytes.length) {
        return false;
      }
      bin += (int) varint();
      count = varint();
      return true;
    }

    int bin() {
      return bin;
    }

    long count() {
      return count;
    }

    private long varint() {
      long value = 0;
      int shift = 0;
      byte group = bytes[position++];
      while (group < 0) {
        value |= (long) (group & 0x7F) << shift;
        shift += 7;
        group = bytes[position++];
      }
      return value | (long) group << shift;
    }
  }

  /// Packs counts that arrive in the order of their bins.
  static final class Writer {
    private byte[] bytes = new byte[64];
    private int length;
    private int filled;
    private long total;
    private int written = -1;
    private int bin = -1;
    private long count;

    /// Adds to a bin; adding 0 has no effect.
    ///
    /// @param to not below the bin of the previous call
    /// @throws ArithmeticException if a count or their sum exceeds a `long`
    void add(int to, long more) {
      if (more == 0) {
        return;
      }
      if (to != bin) {
        flush();
        bin = to;
      }
      count = Math.addExact(count, more);
      total = Math.addExact(total, more);
    }

    BinCounts done() {
      flush();
      return new BinCounts(Arrays.copyOf(bytes, length), filled, total);
    }

    private void flush() {
      if (count == 0) {
        return;
      }
      varint(bin - written);
      varint(count);
      filled++;
      written = bin;
      count = 0;
    }

    private void varint(long value) {
      if (length > bytes.length - 10) {
        bytes = Arrays.copyOf(bytes, 2 * bytes.length);
      }
      long rest = value;
      while (rest > 0x7F) {
        bytes[length++] = (byte) ((rest & 0x7F) | 0x80);
        rest >>>= 7;
      }
      bytes[length++] = (byte) rest;
    }
  }
}
