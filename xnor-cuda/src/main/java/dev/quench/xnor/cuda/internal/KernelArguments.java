// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The arguments of a kernel in order. Each takes a slot of 8 bytes; integers use its lower half.
final class KernelArguments {
  private final List<Long> slots = new ArrayList<>();

  /// @param buffer null for a null pointer
  KernelArguments add(@Nullable DeviceBuffer buffer) {
    slots.add(buffer == null ? 0L : buffer.address());
    return this;
  }

  KernelArguments add(int... values) {
    for (int value : values) {
      slots.add(value & 0xffffffffL);
    }
    return this;
  }

  long[] slots() {
    return slots.stream().mapToLong(Long::longValue).toArray();
  }
}
