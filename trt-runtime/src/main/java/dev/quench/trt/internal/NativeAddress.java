// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.Pointer;

/// A borrowed address in the form that the bindings take; frees nothing.
public final class NativeAddress extends Pointer {
  public NativeAddress(long address) {
    this.address = address;
  }

  /// @param memory native, and alive for as long as this is used
  public static NativeAddress of(MemorySegment memory) {
    return new NativeAddress(memory.address());
  }
}
