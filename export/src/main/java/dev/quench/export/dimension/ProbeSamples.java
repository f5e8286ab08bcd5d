// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Value;
import dev.quench.run.dataset.AxisSlice;
import dev.quench.tensor.ByteString;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/// Seeded inputs of a model whose batch is free: floats in [-1, 1), whole numbers 0 and 1.
final class ProbeSamples {
  /// Size of dimensions that were already free.
  private static final long FREE_SIZE = 8;

  private static final long SEED = 1;

  /// @param axis of the batch; -1 if the input has none
  private record Input(DataType type, Shape shape, int axis) {}

  private final Map<String, Input> inputs = new LinkedHashMap<>();
  private final Set<Long> formerSizes = new TreeSet<>();

  private ProbeSamples() {}

  static ProbeSamples of(Model former, Model freed, String symbol) {
    ProbeSamples samples = new ProbeSamples();
    for (Value input : freed.graph().requiredInputs()) {
      Shape shape = former.graph().value(input.name()).flatMap(Value::shape).orElse(null);
      DataType type = input.dataType().orElse(null);
      if (shape == null || type == null) {
        throw new ModelFormatException(
            "input %s has no shape, so the freed batch cannot be verified".formatted(input));
      }
      int batch = input.shape().map(now -> now.dims().indexOf(Dim.of(symbol))).orElse(-1);
      for (int axis = 0; axis < shape.rank(); axis++) {
        Optional<Long> size = fixed(shape, axis);
        if (axis == batch) {
          size.ifPresent(samples.formerSizes::add);
        } else if (size.isEmpty()) {
          shape = shape.with(axis, Dim.of(FREE_SIZE));
        }
      }
      samples.inputs.put(input.name(), new Input(type, shape, batch));
    }
    return samples;
  }

  private static Optional<Long> fixed(Shape shape, int axis) {
    return shape.dim(axis) instanceof Dim.Fixed(long size) ? Optional.of(size) : Optional.empty();
  }

  /// Batch sizes that the model was made for.
  Set<Long> formerSizes() {
    return formerSizes;
  }

  /// Bytes that `count` samples take in all inputs; may exceed any memory.
  double bytes(long count) {
    double bytes = 0;
    for (Input input : inputs.values()) {
      double elements = 1;
      for (int axis = 0; axis < input.shape.rank(); axis++) {
        elements *= axis == input.axis ? count : input.shape.size(axis);
      }
      bytes += elements * Math.max(1, input.type.bits() / 8.0);
    }
    return bytes;
  }

  /// Samples `[first, first + count)`; a sample does not depend on how samples are batched.
  Map<String, Tensor> batch(long first, long count) {
    Map<String, Tensor> batch = new LinkedHashMap<>();
    int number = 0;
    for (Map.Entry<String, Input> entry : inputs.entrySet()) {
      Input input = entry.getValue();
      number++;
      batch.put(
          entry.getKey(),
          input.axis < 0
              ? tensor(input.type, input.shape, new long[] {number})
              : joined(input, number, first, count));
    }
    return batch;
  }

  private static Tensor joined(Input input, int number, long first, long count) {
    long[] seeds = new long[Math.toIntExact(count)];
    for (int i = 0; i < seeds.length; i++) {
      seeds[i] = number + 1_000 * (first + i + 1);
    }
    if (input.axis == 0 || input.type == DataType.STRING) {
      return tensor(input.type, input.shape.with(input.axis, Dim.of(count)), seeds);
    }
    List<Dim> dims = new ArrayList<>(input.shape.dims());
    dims.remove(input.axis);
    dims.addFirst(Dim.of(count));
    return AxisSlice.moveFirst(tensor(input.type, new Shape(dims), seeds), input.axis);
  }

  /// Fills equal parts of the memory, each from one seed.
  private static Tensor tensor(DataType type, Shape shape, long[] seeds) {
    int elements = Math.toIntExact(shape.elements());
    if (type == DataType.STRING) {
      return Tensor.ofStrings(shape, Collections.nCopies(elements, ByteString.of("a")));
    }
    byte[] bytes = new byte[Math.toIntExact(type.byteSize(elements))];
    MemorySegment memory = MemorySegment.ofArray(bytes);
    int part = seeds.length == 0 ? 0 : elements / seeds.length;
    for (int i = 0; i < seeds.length; i++) {
      SplittableRandom random = new SplittableRandom(SEED + seeds[i]);
      for (int k = i * part; k < (i + 1) * part; k++) {
        ProbeValues.put(memory, type, k, random);
      }
    }
    return Tensor.of(type, shape, memory);
  }

  static Tensor copy(Tensor tensor) {
    if (tensor.dataType() == DataType.STRING) {
      return tensor;
    }
    MemorySegment memory = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.byteSize())]);
    memory.copyFrom(tensor.bytes());
    return Tensor.of(tensor.dataType(), tensor.shape(), memory);
  }
}
