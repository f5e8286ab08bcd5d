// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import java.lang.foreign.MemorySegment;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;

/// A serialized engine in TensorRT's memory, freed by [#close].
public final class NativePlan implements AutoCloseable {
  private final NativeScope scope;
  private final MemorySegment bytes;

  public NativePlan(IHostMemory memory, String what, long mark) {
    this.scope = new NativeScope();
    scope.own(memory, what, mark);
    this.bytes =
        MemorySegment.ofAddress(memory.data().address()).reinterpret(memory.size()).asReadOnly();
  }

  /// Valid until [#close].
  public MemorySegment bytes() {
    return bytes;
  }

  @Override
  public void close() {
    scope.close();
  }
}
