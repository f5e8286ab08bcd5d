// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// Inputs for any model from a seed: normal noise, tokens for whole numbers, ones for a mask.
final class SeededInputs {
  private static final int FIRST_TOKEN = 1000;
  private static final int LAST_TOKEN = 20_000;

  private SeededInputs() {}

  /// @param samples along the first axis of every input
  /// @param free length of the other axes that the model leaves open
  static TensorDataset of(Model model, int samples, int free) {
    SplittableRandom random = new SplittableRandom(42);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      Shape declared = input.shape().orElseThrow();
      long[] sizes = new long[declared.rank()];
      sizes[0] = samples;
      for (int axis = 1; axis < sizes.length; axis++) {
        sizes[axis] = declared.dim(axis) instanceof Dim.Fixed(long size) ? size : free;
      }
      Shape shape = Shape.of(sizes);
      int elements = Math.toIntExact(shape.elements());
      inputs.put(
          input.name(),
          input.dataType().orElseThrow() == DataType.INT64
              ? Tensor.ofLongs(shape, tokens(input.name(), elements, random))
              : Tensor.ofFloats(shape, noise(elements, random)));
    }
    return TensorDataset.of("seeded noise", inputs);
  }

  private static long[] tokens(String name, int elements, SplittableRandom random) {
    long[] tokens = new long[elements];
    for (int i = 0; i < elements; i++) {
      tokens[i] =
          name.contains("mask")
              ? 1
              : name.contains("type") ? 0 : random.nextInt(FIRST_TOKEN, LAST_TOKEN);
    }
    return tokens;
  }

  private static float[] noise(int elements, SplittableRandom random) {
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
