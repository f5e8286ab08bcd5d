// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.inspect.TensorRtProbe;
import dev.quench.trt.internal.NativeDeviceMemory;
import java.lang.foreign.MemorySegment;

/// A tensor in the memory of the GPU, owned by the caller: the output of one engine can be the
/// input of the next without a copy through the host. For one thread at a time, and not during an
/// inference that uses it.
public final class DeviceTensor implements AutoCloseable {
  private final DataType dataType;
  private final Shape shape;
  private final NativeDeviceMemory memory;

  private DeviceTensor(DataType dataType, Shape shape, NativeDeviceMemory memory) {
    this.dataType = dataType;
    this.shape = shape;
    this.memory = memory;
  }

  /// Allocates memory with undefined content.
  ///
  /// @param shape static
  /// @return to be closed by the caller, after the contexts that use it
  /// @throws TensorRtException if TensorRT is not available or the GPU is out of memory
  public static DeviceTensor allocate(DataType dataType, Shape shape) {
    if (!shape.isStatic()) {
      throw new IllegalArgumentException(
          "a tensor on the device needs a static shape, got " + shape);
    }
    TensorRtProbe.require();
    return new DeviceTensor(
        dataType, shape, new NativeDeviceMemory(dataType.byteSize(shape.elements())));
  }

  /// Allocates memory and copies a tensor into it.
  public static DeviceTensor of(Tensor tensor) {
    DeviceTensor copy = allocate(tensor.dataType(), tensor.shape());
    try {
      copy.write(tensor);
      return copy;
    } catch (RuntimeException | Error e) {
      copy.close();
      throw e;
    }
  }

  public DataType dataType() {
    return dataType;
  }

  public Shape shape() {
    return shape;
  }

  /// The address on the device, for other CUDA libraries; valid until [#close].
  public long address() {
    return memory.address();
  }

  /// Copies a tensor of the same type and shape from the host and waits for it.
  ///
  /// @throws IllegalArgumentException if type or shape differ
  public void write(Tensor tensor) {
    if (tensor.dataType() != dataType || !tensor.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "got %s %s, expected %s %s as the tensor on the device"
              .formatted(tensor.dataType(), tensor.shape(), dataType, shape));
    }
    memory.write(tensor.bytes());
  }

  /// Copies it to the host and waits for it.
  public Tensor read() {
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[Math.toIntExact(dataType.byteSize(shape.elements()))]);
    memory.read(bytes);
    return Tensor.of(dataType, shape, bytes);
  }

  NativeDeviceMemory memory() {
    return memory;
  }

  /// Frees the memory; harmless twice.
  @Override
  public void close() {
    memory.close();
  }
}
