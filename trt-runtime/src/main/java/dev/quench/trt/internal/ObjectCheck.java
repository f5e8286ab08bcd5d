// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Distinguishes an object of TensorRT from an invalid pointer.
///
/// TensorRT has been observed to fail, log an error and still return 0x238. An object starts with a
/// pointer to its table of virtual functions, whose first two slots are its destructors, followed
/// by a pointer to its implementation.
final class ObjectCheck {
  /// Linux maps no memory of a program below it.
  private static final long LOWEST_ADDRESS = 1L << 16;

  private static final long WORD = ADDRESS.byteSize();

  private ObjectCheck() {}

  /// @param address of a child of `INoCopy` with an implementation
  static boolean isObject(long address) {
    if (Long.compareUnsigned(address, LOWEST_ADDRESS) < 0 || address % WORD != 0) {
      return false;
    }
    Optional<ProcessMaps> maps = ProcessMaps.read();
    return maps.isEmpty() || isObject(address, maps.get());
  }

  private static boolean isObject(long address, ProcessMaps maps) {
    if (!maps.isReadable(address, 2 * WORD)) {
      return false;
    }
    long table = word(address, 0);
    return maps.isReadable(table, (VirtualDestructor.NO_COPY_SLOT + 1) * WORD)
        && maps.isExecutable(word(table, VirtualDestructor.NO_COPY_SLOT))
        && maps.isReadable(word(address, 1), WORD);
  }

  private static long word(long address, int index) {
    return MemorySegment.ofAddress(address)
        .reinterpret((index + 1) * WORD)
        .getAtIndex(ADDRESS, index)
        .address();
  }
}
