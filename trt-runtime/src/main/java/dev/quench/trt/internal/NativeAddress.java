// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.Pointer;

/// A borrowed address as a pointer of the bindings; frees nothing.
public final class NativeAddress extends Pointer {
  public NativeAddress(long address) {
    this.address = address;
  }

  /// @param memory native, and alive while this is in use
  public static NativeAddress of(MemorySegment memory) {
    return new NativeAddress(memory.address());
  }
}
