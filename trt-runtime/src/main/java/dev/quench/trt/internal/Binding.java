// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.jspecify.annotations.Nullable;

/// One input or output of a context: its staging memory on the host, its memory on the device and
/// the shape it has now. Memory on the device may be the caller's, and then nothing is copied. For
/// one thread at a time.
public final class Binding implements AutoCloseable {
  private final TensorSpec spec;
  private final boolean onHost;
  private final Buffer device = new Buffer(Buffer.Place.DEVICE);
  private final Buffer host = new Buffer(Buffer.Place.PINNED_HOST);
  private @Nullable NativeDeviceMemory resident;
  private Shape shape = Shape.SCALAR;
  private long bytes;

  /// Whether there is memory for the shape.
  private boolean prepared;

  /// Whether the context has the shape.
  private boolean told;

  /// What the context was told last; 0 when it may know none.
  private long toldAddress;

  /// @param onHost whether TensorRT itself reads or writes host memory, as for shapes
  public Binding(TensorSpec spec, boolean onHost) {
    this.spec = spec;
    this.onHost = onHost;
  }

  public TensorSpec spec() {
    return spec;
  }

  /// Whether it has this shape, and memory for it, already.
  public boolean hasShape(Shape wanted) {
    return prepared && shape.equals(wanted);
  }

  /// The shape it has; null before the first, and where there was no memory for the last.
  @Nullable
  public Shape shapeOrNull() {
    return prepared ? shape : null;
  }

  public Shape shape() {
    return shape;
  }

  /// Whether `memory` is what it uses on the device; null stands for staging memory.
  public boolean resides(@Nullable NativeDeviceMemory memory) {
    return resident == memory;
  }

  /// Uses the caller's memory from now on, or staging memory again; to be prepared anew.
  public void reside(@Nullable NativeDeviceMemory memory) {
    if (memory != null && onHost) {
      throw new IllegalArgumentException(
          "TensorRT keeps '" + spec.name() + "' on the host; it cannot be on the device");
    }
    resident = memory;
    prepared = false;
  }

  /// Makes room for a shape. Where that fails there is no shape: memory that the context was told
  /// of may be gone.
  public void prepare(Shape wanted) {
    prepared = false;
    told = false;
    shape = wanted;
    bytes = spec.dataType().byteSize(wanted.elements());
    if (resident == null) {
      host.ensure(bytes);
      if (!onHost) {
        device.ensure(bytes);
      }
    } else if (resident.bytes() < bytes) {
      throw new IllegalArgumentException(
          "'%s' needs %d bytes for shape %s, the memory on the device has %d"
              .formatted(spec.name(), bytes, shape, resident.bytes()));
    }
    prepared = true;
  }

  /// Whether the context has the shape that was prepared.
  public boolean isTold() {
    return told;
  }

  /// As after the choice of another profile: the context must be told shape and address again.
  public void forget() {
    told = false;
    toldAddress = 0;
  }

  /// Tells the context the shape of an input.
  public void tellShape(IExecutionContext context) {
    long mark = ProcessLogger.LOG.mark();
    Failures.require(
        context.setInputShape(spec.name(), TensorTypes.dims(spec.name(), shape.sizes())),
        "setting input '%s' to %s".formatted(spec.name(), shape),
        mark);
  }

  /// Tells the context where it is, unless it knows.
  public void tellAddress(IExecutionContext context) {
    Pointer used = memory();
    if (used.address() != toldAddress) {
      long mark = ProcessLogger.LOG.mark();
      Failures.require(
          context.setTensorAddress(spec.name(), used),
          "setTensorAddress of '" + spec.name() + "'",
          mark);
      toldAddress = used.address();
    }
    told = true;
  }

  /// @throws IllegalStateException if the caller closed its memory
  public void requireMemory() {
    if (resident != null) {
      resident.requireOpen();
    }
  }

  private Pointer memory() {
    if (resident != null) {
      return resident.pointer();
    }
    return onHost ? host.pointer() : device.pointer();
  }

  /// Staging memory of the shape that was prepared last.
  public MemorySegment staging() {
    if (resident != null) {
      throw new IllegalStateException("'" + spec.name() + "' is on the device; it has no staging");
    }
    return host.segment(bytes);
  }

  public void stage(Tensor tensor) {
    MemorySegment.copy(tensor.bytes(), 0, host.segment(bytes), 0, bytes);
  }

  public void upload(CUstream_st stream) {
    if (resident == null && !onHost && bytes > 0) {
      Failures.requireCuda(
          cudart.cudaMemcpyAsync(
              device.pointer(), host.pointer(), bytes, cudart.cudaMemcpyHostToDevice, stream),
          spec,
          " to the device");
    }
  }

  public void download(CUstream_st stream) {
    if (resident == null && !onHost && bytes > 0) {
      Failures.requireCuda(
          cudart.cudaMemcpyAsync(
              host.pointer(), device.pointer(), bytes, cudart.cudaMemcpyDeviceToHost, stream),
          spec,
          " from the device");
    }
  }

  /// The downloaded tensor in staging memory, valid until the next run.
  public Tensor staged() {
    return Tensor.of(spec.dataType(), shape, staging());
  }

  @Override
  public void close() {
    resident = null;
    prepared = false;
    forget();
    device.close();
    host.close();
  }
}
