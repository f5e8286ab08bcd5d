// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.PackedBits;
import java.util.SplittableRandom;

/// A matrix of −1 and +1 in all the forms that products take.
record SignMatrix(float[] values, int rows, int columns) {
  static SignMatrix random(SplittableRandom random, int rows, int columns) {
    float[] values = new float[Math.multiplyExact(rows, columns)];
    long bits = 0;
    for (int i = 0; i < values.length; i++) {
      bits = i % Long.SIZE == 0 ? random.nextLong() : bits >>> 1;
      values[i] = (bits & 1) == 0 ? 1 : -1;
    }
    return new SignMatrix(values, rows, columns);
  }

  PackedBits packed() {
    return PackedBits.of(values, rows, columns);
  }

  DeviceBuffer floats(Device device, Scope scope) {
    DeviceBuffer buffer = scope.own(device.allocate((long) Float.BYTES * values.length));
    device.write(buffer, values);
    return buffer;
  }

  /// @param allRows as many as there are, or more: zeros follow
  DeviceBuffer bytes(Device device, Scope scope, int allRows) {
    byte[] bytes = new byte[Math.multiplyExact(allRows, columns)];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    DeviceBuffer buffer = scope.own(device.allocate(bytes.length));
    device.write(buffer, bytes);
    return buffer;
  }

  /// Rows `row` of `left` by all rows of `weights`, on the CPU.
  static int[] productOfRow(PackedBits left, int row, PackedBits weights) {
    int[] sums = new int[weights.rows()];
    for (int column = 0; column < sums.length; column++) {
      int different = 0;
      for (int word = 0; word < left.wordsPerRow(); word++) {
        different += Integer.bitCount(left.word(row, word) ^ weights.word(column, word));
      }
      sums[column] = left.columns() - 2 * different;
    }
    return sums;
  }
}
