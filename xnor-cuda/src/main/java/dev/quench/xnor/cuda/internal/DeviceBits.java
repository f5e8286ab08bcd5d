// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.PackedBits;

/// A bit matrix on a device, either in [Tiles] or row by row, with the number of ones of each row.
public final class DeviceBits implements AutoCloseable {
  final int rows;
  final int columns;
  final boolean tiled;
  final DeviceBuffer words;
  final DeviceBuffer counts;
  private final Device device;
  private final Scope scope = new Scope();

  private DeviceBits(Device device, int rows, int columns, boolean tiled) {
    this.device = device;
    this.rows = rows;
    this.columns = columns;
    this.tiled = tiled;
    try {
      words = scope.own(device.allocate((long) Integer.BYTES * size()));
      counts = scope.own(device.allocate((long) Integer.BYTES * rows));
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /// Allocates an operand of a matrix product, in tiles.
  public static DeviceBits tiles(Device device, int rows, int columns) {
    return new DeviceBits(device, rows, columns, true);
  }

  /// Allocates the pixels of a convolution, one row each.
  public static DeviceBits pixels(Device device, int rows, int columns) {
    return new DeviceBits(device, rows, columns, false);
  }

  private int size() {
    return tiled ? Tiles.size(rows, columns) : Math.multiplyExact(rows, wordsPerRow());
  }

  int wordsPerRow() {
    return Math.ceilDiv(columns, Integer.SIZE);
  }

  /// @throws IllegalArgumentException if the sizes differ
  public void write(PackedBits bits) {
    if (bits.rows() != rows || bits.columns() != columns) {
      throw new IllegalArgumentException(
          "input is %s, expected %d x %d bits".formatted(bits, rows, columns));
    }
    int[] ones = new int[rows];
    for (int row = 0; row < rows; row++) {
      ones[row] = bits.negatives(row);
    }
    device.write(words, tiled ? Tiles.pack(bits) : bits.toWords());
    device.write(counts, ones);
  }

  /// Waits for all enqueued work and copies the bits to the host.
  public PackedBits read() {
    int[] read = new int[size()];
    device.read(words, read);
    return tiled ? Tiles.unpack(read, rows, columns) : PackedBits.ofWords(read, rows, columns);
  }

  /// Reads the number of ones of each row as the device counted them.
  int[] readCounts() {
    int[] read = new int[rows];
    device.read(counts, read);
    return read;
  }

  /// Enqueues a reset of the counts, before a kernel that adds to them.
  void clearCounts() {
    device.clear(counts);
  }

  @Override
  public void close() {
    scope.close();
  }
}
