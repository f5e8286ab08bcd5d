// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

/// Packs floats to bits on a device.
public final class Packing implements AutoCloseable {
  private static final int THREADS = 256;
  private static final int WARP = 32;

  private final Device device;
  private final DeviceBits target;
  private final DeviceBuffer values;
  private final DeviceBuffer invalid;
  private final Launch launch;
  private final int size;
  private final Scope scope = new Scope();

  /// @param target has one bit per value, in the same rows and columns
  public Packing(Device device, DeviceBits target) {
    this.device = device;
    this.target = target;
    this.size = Math.multiplyExact(target.rows, target.columns);
    try {
      values = scope.own(device.allocate((long) Float.BYTES * size));
      invalid = scope.own(device.allocate(Integer.BYTES));
      int across = target.tiled ? Tiles.across(target.columns) : target.wordsPerRow();
      long warps = (long) target.rows * across;
      int blocks = Math.toIntExact(Math.ceilDiv(warps * WARP, (long) THREADS));
      KernelArguments arguments =
          new KernelArguments()
              .add(values)
              .add(target.words)
              .add(target.counts)
              .add(invalid)
              .add(target.rows, target.columns, across);
      launch =
          scope.own(
              device.prepare(
                  target.tiled ? "packTiles" : "packRows", blocks, 1, THREADS, arguments.slots()));
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /// Copies the values to the device.
  ///
  /// @throws IllegalArgumentException if the number of values is wrong
  public void write(float[] input) {
    if (input.length != size) {
      throw new IllegalArgumentException(
          "input has %d values, expected %d x %d"
              .formatted(input.length, target.rows, target.columns));
    }
    device.clear(invalid);
    device.write(values, input);
  }

  /// Enqueues the packing.
  public void run() {
    target.clearCounts();
    launch.run();
  }

  /// @throws IllegalArgumentException if a value is NaN
  public void requireNumbers() {
    int[] flag = new int[1];
    device.read(invalid, flag);
    if (flag[0] != 0) {
      throw new IllegalArgumentException("input holds NaN, which has no sign");
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
