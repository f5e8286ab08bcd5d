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
/// its current shape. The caller may supply the memory on the device; then nothing is copied. For
/// one thread at a time.
public final class Binding implements AutoCloseable {
  private final TensorSpec spec;
  private final boolean onHost;
  private final Buffer device = new Buffer(Buffer.Place.DEVICE);
  private final Buffer host = new Buffer(Buffer.Place.PINNED_HOST);
  private @Nullable NativeDeviceMemory resident;
  private Shape shape = Shape.SCALAR;
  private long bytes;

  /// Whether memory for the shape is allocated.
  private boolean prepared;

  /// Whether the context has the shape.
  private boolean told;

  /// The address last set on the context; 0 if the context may have none.
  private long toldAddress;

  /// @param onHost whether TensorRT itself reads or writes host memory, as for shapes
  public Binding(TensorSpec spec, boolean onHost) {
    this.spec = spec;
    this.onHost = onHost;
  }

  public TensorSpec spec() {
    return spec;
  }

  /// Whether it already has this shape and memory for it.
  public boolean hasShape(Shape wanted) {
    return prepared && shape.equals(wanted);
  }

  /// The current shape; null before the first one, and after an allocation for the last one failed.
  @Nullable
  public Shape shapeOrNull() {
    return prepared ? shape : null;
  }

  public Shape shape() {
    return shape;
  }

  /// Whether it uses `memory` on the device; null means staging memory.
  public boolean resides(@Nullable NativeDeviceMemory memory) {
    return resident == memory;
  }

  /// Switches to the caller's memory, or back to staging memory; prepare it again afterwards.
  public void reside(@Nullable NativeDeviceMemory memory) {
    if (memory != null && onHost) {
      throw new IllegalArgumentException(
          "TensorRT keeps '" + spec.name() + "' on the host; it cannot be on the device");
    }
    resident = memory;
    prepared = false;
  }

  /// Allocates memory for a shape. If that fails, the shape is null: the memory set on the context
  /// may be freed.
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

  /// Marks shape and address as unknown to the context, as after a change of profile.
  public void forget() {
    told = false;
    toldAddress = 0;
  }

  /// Sets the shape of an input on the context.
  public void tellShape(IExecutionContext context) {
    long mark = ProcessLogger.LOG.mark();
    Failures.require(
        context.setInputShape(spec.name(), TensorTypes.dims(spec.name(), shape.sizes())),
        "setting input '%s' to %s".formatted(spec.name(), shape),
        mark);
  }

  /// Sets the address on the context, unless already set.
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
      throw new IllegalStateException("'" + spec.name() + "' is on the device and has no staging");
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
