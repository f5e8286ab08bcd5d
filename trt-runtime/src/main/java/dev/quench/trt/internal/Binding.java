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
  private boolean shapeKnown;
  private boolean addressKnown;
  private long bytes;
  private long boundAddress;

  /// @param onHost whether TensorRT itself reads or writes host memory, as for shapes
  public Binding(TensorSpec spec, boolean onHost) {
    this.spec = spec;
    this.onHost = onHost;
  }

  public TensorSpec spec() {
    return spec;
  }

  /// Whether the next run has this shape already.
  public boolean hasShape(Shape wanted) {
    return shapeKnown && shape.equals(wanted);
  }

  /// As after the choice of another profile: the context must be told shape and address again.
  public void forget() {
    shapeKnown = false;
    addressKnown = false;
  }

  /// Whether the caller's memory on the device is used in place of staging.
  public boolean isResident() {
    return resident != null;
  }

  /// Uses the caller's memory from now on, or staging memory again. Takes effect with [#bind].
  public void reside(@Nullable NativeDeviceMemory memory) {
    if (memory != null && onHost) {
      throw new IllegalArgumentException(
          "TensorRT keeps '" + spec.name() + "' on the host; it cannot be on the device");
    }
    resident = memory;
    shapeKnown = false;
  }

  /// Makes room for the shape and tells the context where it is.
  public void bind(Shape wanted, IExecutionContext context) {
    shapeKnown = false;
    shape = wanted;
    bytes = spec.dataType().byteSize(wanted.elements());
    Pointer used = memory();
    boolean told = addressKnown && used.address() == boundAddress;
    if (!told) {
      long mark = ProcessLogger.LOG.mark();
      Failures.require(
          context.setTensorAddress(spec.name(), used),
          "setTensorAddress of '" + spec.name() + "'",
          mark);
      boundAddress = used.address();
      addressKnown = true;
    }
    shapeKnown = true;
  }

  private Pointer memory() {
    if (resident != null) {
      if (resident.bytes() < bytes) {
        throw new IllegalArgumentException(
            "'%s' needs %d bytes for shape %s, the memory on the device has %d"
                .formatted(spec.name(), bytes, shape, resident.bytes()));
      }
      return resident.pointer();
    }
    host.ensure(bytes);
    if (onHost) {
      return host.pointer();
    }
    device.ensure(bytes);
    return device.pointer();
  }

  public Shape shape() {
    return shape;
  }

  /// The shape it had last; null before the first.
  @Nullable
  public Shape lastShape() {
    return boundAddress == 0 ? null : shape;
  }

  /// Staging memory of the shape that was bound last.
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
    device.close();
    host.close();
    resident = null;
    shapeKnown = false;
    boundAddress = 0;
  }
}
