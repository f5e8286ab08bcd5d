// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.data.RandomDataset;
import dev.quench.graph.ValueType;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
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
      // A scalar has no axis that could count samples.
      Shape shape = input.shape().rank() == 0 ? Shape.of(1) : input.shape();
      Tensor value = noise(input, shape, seed);
      values.put(input.name(), value.reshape(input.shape()));
    }
    return values;
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
