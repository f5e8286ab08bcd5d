// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.data.RandomDataset;
import dev.quench.graph.ValueType;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One set of seeded random inputs.
final class SeededInputs {
  private SeededInputs() {}

  /// A value for each input; equal seeds give equal bits.
  ///
  /// @param inputs of static shape
  static Map<String, Tensor> of(List<TensorSpec> inputs, long seed) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (TensorSpec input : inputs) {
      if (input.shape().elements() == 0) {
        values.put(input.name(), empty(input));
        continue;
      }
      // A scalar has no axis that could count samples.
      Shape shape = input.shape().rank() == 0 ? Shape.of(1) : input.shape();
      Tensor value = noise(input, shape, seed);
      values.put(input.name(), value.reshape(input.shape()));
    }
    return values;
  }

  /// The only value that a shape without elements has.
  private static Tensor empty(TensorSpec input) {
    return input.dataType() == DataType.STRING
        ? Tensor.ofStrings(input.shape(), List.of())
        : Tensor.of(input.dataType(), input.shape(), MemorySegment.ofArray(new byte[0]));
  }

  private static Tensor noise(TensorSpec input, Shape shape, long seed) {
    var type = ValueType.tensor(input.dataType(), shape);
    int samples = Math.toIntExact(shape.size(0));
    return RandomDataset.of(Map.of(input.name(), type), seed, samples)
        .batches(samples)
        .findFirst()
        .orElseThrow()
        .inputs()
        .values()
        .iterator()
        .next();
  }
}
