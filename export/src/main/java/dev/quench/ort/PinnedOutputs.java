// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Memory into which ONNX Runtime writes outputs of known shape, so that they can be passed on
/// without a copy. For one run at a time; any thread may read it.
final class PinnedOutputs implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final Map<String, TensorSpec> specs;
  private final Arena arena = Arena.ofShared();
  private final Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
  private final Map<String, Tensor> views = new LinkedHashMap<>();

  /// @param specs by name, with static shapes
  private PinnedOutputs(Map<String, TensorSpec> specs) {
    this.specs = Map.copyOf(specs);
  }

  static PinnedOutputs allocate(OrtEnvironment environment, Map<String, TensorSpec> specs)
      throws OrtException {
    PinnedOutputs outputs = new PinnedOutputs(specs);
    try {
      for (TensorSpec spec : specs.values()) {
        long bytes = spec.dataType().byteSize(spec.shape().elements());
        MemorySegment memory = outputs.arena.allocate(bytes, ALIGNMENT);
        outputs.tensors.put(
            spec.name(),
            OnnxTensor.createTensor(
                environment,
                memory.asByteBuffer().order(ByteOrder.nativeOrder()),
                spec.shape().sizes(),
                ElementTypes.of(spec.dataType())));
        outputs.views.put(spec.name(), Tensor.of(spec.dataType(), spec.shape(), memory));
      }
      return outputs;
    } catch (OrtException | RuntimeException e) {
      outputs.close();
      throw e;
    }
  }

  /// The outputs whose whole shape follows from the fed shapes: fixed dimensions, and symbols that
  /// an input binds.
  static Map<String, TensorSpec> resolve(
      List<TensorSpec> outputs, List<TensorSpec> inputs, Map<String, Tensor> fed) {
    Map<String, Long> symbols = symbols(inputs, fed);
    Map<String, TensorSpec> resolved = new LinkedHashMap<>();
    for (TensorSpec output : outputs) {
      List<Dim> dims = new ArrayList<>();
      for (Dim dim : output.shape().dims()) {
        long bound =
            dim instanceof Dim.Symbolic(String name) ? symbols.getOrDefault(name, -1L) : -1;
        dims.add(bound >= 0 ? Dim.of(bound) : dim);
      }
      Shape shape = new Shape(dims);
      // An unknown rank looks like that of a scalar, which is not worth pinning anyway.
      boolean worthwhile =
          shape.rank() > 0
              && shape.isStatic()
              && shape.elements() > 0
              && output.dataType() != DataType.STRING
              && output.dataType().byteSize(shape.elements()) <= Integer.MAX_VALUE;
      if (worthwhile) {
        resolved.put(output.name(), new TensorSpec(output.name(), output.dataType(), shape));
      }
    }
    return resolved;
  }

  /// Sizes by symbol; -1 where inputs disagree.
  private static Map<String, Long> symbols(List<TensorSpec> inputs, Map<String, Tensor> fed) {
    Map<String, Long> symbols = new HashMap<>();
    for (TensorSpec input : inputs) {
      Tensor tensor = fed.get(input.name());
      if (tensor == null || tensor.shape().rank() != input.shape().rank()) {
        continue;
      }
      for (int axis = 0; axis < input.shape().rank(); axis++) {
        if (input.shape().dim(axis) instanceof Dim.Symbolic(String name)) {
          symbols.merge(
              name, tensor.shape().size(axis), (a, b) -> a.longValue() == b.longValue() ? a : -1L);
        }
      }
    }
    return symbols;
  }

  boolean fits(Map<String, TensorSpec> wanted) {
    return specs.equals(wanted);
  }

  Map<String, OnnxTensor> byName() {
    return tensors;
  }

  /// What the last run wrote.
  Map<String, Tensor> views() {
    return views;
  }

  @Override
  public void close() {
    tensors.values().forEach(OnnxTensor::close);
    arena.close();
  }
}
