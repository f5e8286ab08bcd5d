// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/// Single elements of seeded inputs, in the packed little-endian form of tensors.
final class ProbeValues {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private ProbeValues() {}

  /// Floats in [-1, 1); other types 0 or 1.
  static void put(MemorySegment memory, DataType type, long index, SplittableRandom random) {
    float real = (float) random.nextDouble(-1, 1);
    switch (type) {
      case FLOAT -> memory.set(FLOAT, index * 4, real);
      case DOUBLE -> memory.set(DOUBLE, index * 8, real);
      case FLOAT16 -> memory.set(SHORT, index * 2, Float.floatToFloat16(real));
      case BFLOAT16 -> memory.set(SHORT, index * 2, (short) (Float.floatToRawIntBits(real) >>> 16));
      default -> {
        if (type.bits() >= 8 && !type.isFloating()) {
          memory.set(ValueLayout.JAVA_BYTE, index * (type.bits() / 8), (byte) random.nextInt(2));
        }
      }
    }
  }
}
