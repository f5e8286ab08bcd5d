// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.lang.foreign.MemorySegment;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/// GPU memory that a caller keeps between inferences.
public final class NativeDeviceMemory implements AutoCloseable {
  private final Buffer buffer = new Buffer(Buffer.Place.DEVICE);
  private final long bytes;
  private boolean closed;

  /// @throws dev.quench.trt.TensorRtException if the GPU is out of memory
  public NativeDeviceMemory(long bytes) {
    buffer.ensure(bytes);
    this.bytes = bytes;
  }

  public long bytes() {
    return bytes;
  }

  /// The address on the device.
  public long address() {
    return pointer().address();
  }

  /// Copies from the host and waits for it.
  public void write(MemorySegment source) {
    try (Buffer staging = new Buffer(Buffer.Place.PINNED_HOST)) {
      staging.ensure(source.byteSize());
      staging.segment(source.byteSize()).copyFrom(source);
      Failures.requireCuda(
          cudart.cudaMemcpy(
              pointer(), staging.pointer(), source.byteSize(), cudart.cudaMemcpyHostToDevice),
          "copying to the device");
    }
  }

  /// Copies to the host and waits for it.
  public void read(MemorySegment target) {
    try (Buffer staging = new Buffer(Buffer.Place.PINNED_HOST)) {
      staging.ensure(target.byteSize());
      Failures.requireCuda(
          cudart.cudaMemcpy(
              staging.pointer(), pointer(), target.byteSize(), cudart.cudaMemcpyDeviceToHost),
          "copying from the device");
      target.copyFrom(staging.segment(target.byteSize()));
    }
  }

  Pointer pointer() {
    requireOpen();
    return buffer.pointer();
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the tensor on the device is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    buffer.close();
  }
}
