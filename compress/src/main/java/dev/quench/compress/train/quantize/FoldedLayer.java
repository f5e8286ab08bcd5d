// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.OptionalInt;

/// The final weights and bias of a layer with the running statistics of its normalization folded
/// in, to the bit what the trainer's evaluation computes: with s = γ / √(σ² + ε), w′ = w · s and b′
/// = (b − μ) · s + β in FP32.
///
/// @param weights in the shape of the layer's
/// @param bias `[channels]`
record FoldedLayer(Tensor weights, Tensor bias) {
  /// @param fold a [QuantizationNodes#FOLD] of initializers
  static FoldedLayer of(Node fold) {
    Tensor weights = constant(fold, 1);
    float[] gamma = constant(fold, 3).toFloats();
    float[] beta = constant(fold, 4).toFloats();
    float[] mean = constant(fold, 5).toFloats();
    float[] variance = constant(fold, 6).toFloats();
    float[] bias =
        fold.input(2).isPresent() ? constant(fold, 2).toFloats() : new float[gamma.length];
    float epsilon = QuantizationNodes.epsilon(fold);
    float[] factor = new float[gamma.length];
    float[] shift = new float[gamma.length];
    for (int c = 0; c < factor.length; c++) {
      factor[c] = gamma[c] / (float) Math.sqrt(variance[c] + epsilon);
      shift[c] = (bias[c] - mean[c]) * factor[c] + beta[c];
    }
    OptionalInt axis = QuantizationNodes.axis(fold);
    long inner = 1;
    for (int i = axis.orElse(0) + 1; i < weights.shape().rank(); i++) {
      inner *= weights.shape().size(i);
    }
    float[] folded = weights.toFloats();
    for (int i = 0; i < folded.length; i++) {
      folded[i] *= factor[(int) (i / inner % factor.length)];
    }
    return new FoldedLayer(
        Tensor.ofFloats(weights.shape(), folded), Tensor.ofFloats(Shape.of(shift.length), shift));
  }

  /// @throws IllegalArgumentException if an input is computed
  private static Tensor constant(Node fold, int index) {
    Value value = fold.input(index);
    return value
        .constant()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s: input %s is computed, expected an initializer"
                    .formatted(fold.describe(), value)));
  }
}
