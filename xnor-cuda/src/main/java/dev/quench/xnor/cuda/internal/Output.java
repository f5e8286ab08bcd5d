// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.Thresholds;
import org.jspecify.annotations.Nullable;

/// The destination of a product: integer sums, or bits after thresholds.
public final class Output implements AutoCloseable {
  final @Nullable DeviceBuffer sums;
  final @Nullable DeviceBits bits;
  final @Nullable DeviceBuffer bounds;
  final @Nullable DeviceBuffer flips;
  private final Scope scope = new Scope();

  private Output(Device device, int rows, int columns) {
    sums = scope.own(device.allocate(Math.multiplyExact((long) Integer.BYTES * rows, columns)));
    bits = null;
    bounds = null;
    flips = null;
  }

  private Output(Device device, DeviceBits bits, Thresholds thresholds) {
    this.sums = null;
    this.bits = bits;
    try {
      long bytes = (long) Integer.BYTES * thresholds.columns();
      bounds = scope.own(device.allocate(bytes));
      flips = scope.own(device.allocate(bytes));
      device.write(bounds, thresholds.bounds());
      device.write(flips, thresholds.flips());
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  public static Output sums(Device device, int rows, int columns) {
    return new Output(device, rows, columns);
  }

  /// @param bits owned by the caller
  /// @throws IllegalArgumentException unless every column has one threshold
  public static Output bits(Device device, DeviceBits bits, Thresholds thresholds) {
    if (thresholds.columns() != bits.columns) {
      throw new IllegalArgumentException(
          "got thresholds for %d columns, expected %d"
              .formatted(thresholds.columns(), bits.columns));
    }
    return new Output(device, bits, thresholds);
  }

  @Override
  public void close() {
    scope.close();
  }
}
