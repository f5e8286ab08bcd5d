// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;

/// One input or output of a context: its staging memory on the host, its memory on the device and
/// the shape it has now. For one thread at a time.
final class Binding implements AutoCloseable {
  private final TensorSpec spec;
  private final boolean onHost;
  private final Buffer device = new Buffer(Buffer.Place.DEVICE);
  private final Buffer host = new Buffer(Buffer.Place.PINNED_HOST);
  private Shape shape = Shape.SCALAR;
  private boolean shapeKnown;
  private long bytes;
  private long boundAddress;

  /// @param onHost whether TensorRT itself reads or writes host memory, as for shapes
  Binding(TensorSpec spec, boolean onHost) {
    this.spec = spec;
    this.onHost = onHost;
  }

  TensorSpec spec() {
    return spec;
  }

  /// Whether the next run has this shape already.
  boolean hasShape(Shape wanted) {
    return shapeKnown && shape.equals(wanted);
  }

  /// Makes room for the shape and tells the context where it is.
  void bind(Shape wanted, IExecutionContext context) {
    shapeKnown = false;
    shape = wanted;
    bytes = spec.dataType().byteSize(wanted.elements());
    host.ensure(bytes);
    if (!onHost) {
      device.ensure(bytes);
    }
    Buffer used = onHost ? host : device;
    long address = used.pointer().address();
    if (address != boundAddress) {
      long mark = ProcessLogger.LOG.mark();
      Failures.require(
          context.setTensorAddress(spec.name(), used.pointer()),
          "setTensorAddress of '" + spec.name() + "'",
          mark);
      boundAddress = address;
    }
    shapeKnown = true;
  }

  void upload(Tensor tensor, CUstream_st stream) {
    MemorySegment.copy(tensor.bytes(), 0, host.segment(bytes), 0, bytes);
    if (!onHost && bytes > 0) {
      Failures.requireCuda(
          cudart.cudaMemcpyAsync(
              device.pointer(), host.pointer(), bytes, cudart.cudaMemcpyHostToDevice, stream),
          "copying input '" + spec.name() + "' to the device");
    }
  }

  void download(CUstream_st stream) {
    if (!onHost && bytes > 0) {
      Failures.requireCuda(
          cudart.cudaMemcpyAsync(
              host.pointer(), device.pointer(), bytes, cudart.cudaMemcpyDeviceToHost, stream),
          "copying output '" + spec.name() + "' from the device");
    }
  }

  /// The downloaded tensor in staging memory, valid until the next run.
  Tensor staged() {
    return Tensor.of(spec.dataType(), shape, host.segment(bytes));
  }

  @Override
  public void close() {
    device.close();
    host.close();
    shapeKnown = false;
    boundAddress = 0;
  }
}
