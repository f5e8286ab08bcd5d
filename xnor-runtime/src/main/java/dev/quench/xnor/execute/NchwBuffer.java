// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Memory for activations as floats in the graph's layout.
final class NchwBuffer {
  private final int images;
  private final int imageFloats;
  private final float[] floats;

  NchwBuffer(int images, int imageFloats) {
    this.images = images;
    this.imageFloats = imageFloats;
    this.floats = new float[Math.multiplyExact(images, imageFloats)];
  }

  float[] floats() {
    return floats;
  }

  int images() {
    return images;
  }

  int imageFloats() {
    return imageFloats;
  }

  /// @param memory of a whole tensor
  void read(MemorySegment memory) {
    MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, floats, 0, floats.length);
  }

  /// @param memory of a whole tensor
  void write(MemorySegment memory) {
    MemorySegment.copy(floats, 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, floats.length);
  }
}
