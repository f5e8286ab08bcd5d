// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/// Memory of the device, or of the host and pinned, that grows when more is asked for and keeps
/// nothing when it does. For one thread at a time.
public final class Buffer implements AutoCloseable {
  /// Where the memory lies.
  public enum Place {
    DEVICE,
    PINNED_HOST
  }

  private final Place place;
  private Pointer memory = new Pointer();
  private long capacity;

  /// Of pinned memory as Java sees it, so that access after it is freed is an error and no crash.
  private @Nullable Arena visible;

  private MemorySegment segment = MemorySegment.NULL;

  public Buffer(Place place) {
    this.place = place;
  }

  /// Makes room for `bytes`; at least one byte, since TensorRT wants an address for an empty tensor
  /// too.
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

  /// Null until [#ensure]; another one after it grew.
  public Pointer pointer() {
    return memory;
  }

  /// The first `bytes` of pinned memory; valid until it grows or closes, then access is an
  /// [IllegalStateException].
  public MemorySegment segment(long bytes) {
    if (place != Place.PINNED_HOST || bytes > capacity) {
      throw new IllegalStateException("no " + bytes + " bytes of host memory here");
    }
    return segment.asSlice(0, bytes);
  }

  /// Frees the memory. Errors of CUDA are left to its next call: they stem from earlier ones.
  ///
  /// @throws IllegalStateException if another thread reads or writes it just now; it is kept then
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
