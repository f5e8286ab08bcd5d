// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/// The inputs of one run as native tensors. Aligned native memory is used in place; other memory is
/// copied into an arena that must outlive the run.
final class FedTensors implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final Map<String, OnnxTensor> tensors = new LinkedHashMap<>();

  private FedTensors() {}

  static FedTensors of(OrtEnvironment environment, Map<String, Tensor> fed, Arena arena)
      throws OrtException {
    FedTensors created = new FedTensors();
    try {
      for (Map.Entry<String, Tensor> input : fed.entrySet()) {
        created.tensors.put(input.getKey(), create(environment, input.getValue(), arena));
      }
      return created;
    } catch (OrtException | RuntimeException e) {
      created.close();
      throw e;
    }
  }

  Map<String, OnnxTensor> byName() {
    return tensors;
  }

  @Override
  public void close() {
    tensors.values().forEach(OnnxTensor::close);
  }

  private static OnnxTensor create(OrtEnvironment environment, Tensor tensor, Arena arena)
      throws OrtException {
    long[] shape = tensor.shape().sizes();
    if (tensor.dataType() == DataType.STRING) {
      String[] strings = tensor.strings().stream().map(ByteString::utf8).toArray(String[]::new);
      return OnnxTensor.createTensor(environment, strings, shape);
    }
    ByteBuffer buffer = nativeMemory(tensor.bytes(), arena).asByteBuffer();
    return OnnxTensor.createTensor(
        environment,
        buffer.order(ByteOrder.nativeOrder()),
        shape,
        ElementTypes.of(tensor.dataType()));
  }

  private static MemorySegment nativeMemory(MemorySegment bytes, Arena arena) {
    if (bytes.isNative() && bytes.address() % ALIGNMENT == 0) {
      return bytes;
    }
    return arena.allocate(bytes.byteSize(), ALIGNMENT).copyFrom(bytes);
  }
}
