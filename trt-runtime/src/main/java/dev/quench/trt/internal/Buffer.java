// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/// Memory on the device, or pinned memory on the host, that grows on demand; growing discards the
/// content. For one thread at a time.
public final class Buffer implements AutoCloseable {
  /// The location of the memory.
  public enum Place {
    DEVICE,
    PINNED_HOST
  }

  private final Place place;
  private Pointer memory = new Pointer();
  private long capacity;

  /// Scope of the Java view of pinned memory, so access after it is freed throws instead of
  /// crashing.
  private @Nullable Arena visible;

  private MemorySegment segment = MemorySegment.NULL;

  public Buffer(Place place) {
    this.place = place;
  }

  /// Allocates `bytes`, at least one, since TensorRT requires an address even for an empty tensor.
  public void ensure(long bytes) {
    long needed = Math.max(bytes, 1);
    if (needed <= capacity) {
      return;
    }
    close();
    Pointer allocated = new Pointer();
    switch (place) {
      case DEVICE ->
          Failures.requireCuda(
              cudart.cudaMalloc(allocated, needed), "cudaMalloc of " + needed + " bytes");
      case PINNED_HOST ->
          Failures.requireCuda(
              cudart.cudaMallocHost(allocated, needed), "cudaMallocHost of " + needed + " bytes");
    }
    memory = allocated;
    capacity = needed;
    NativeCounters.created(kind());
    if (place == Place.PINNED_HOST) {
      visible = Arena.ofShared();
      segment = MemorySegment.ofAddress(allocated.address()).reinterpret(needed, visible, null);
    }
  }

  /// The address; null until [#ensure], and different after growing.
  public Pointer pointer() {
    return memory;
  }

  /// The first `bytes` of pinned memory; valid until it grows or closes; later access throws
  /// [IllegalStateException].
  public MemorySegment segment(long bytes) {
    if (place != Place.PINNED_HOST || bytes > capacity) {
      throw new IllegalStateException("no " + bytes + " bytes of host memory here");
    }
    return segment.asSlice(0, bytes);
  }

  /// Frees the memory. Leaves errors of CUDA to its next call, because they stem from earlier
  /// calls.
  ///
  /// @throws IllegalStateException if another thread is accessing it; it is then kept
  @Override
  public void close() {
    if (capacity > 0) {
      if (visible != null) {
        visible.close();
        visible = null;
        segment = MemorySegment.NULL;
      }
      capacity = 0;
      switch (place) {
        case DEVICE -> cudart.cudaFree(memory);
        case PINNED_HOST -> cudart.cudaFreeHost(memory);
      }
      memory = new Pointer();
      NativeCounters.freed(kind());
    }
  }

  private NativeCounters.Kind kind() {
    return switch (place) {
      case DEVICE -> NativeCounters.Kind.DEVICE_MEMORY;
      case PINNED_HOST -> NativeCounters.Kind.PINNED_MEMORY;
    };
  }
}
