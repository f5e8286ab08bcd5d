// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

/// What a quantized model has to keep.
public sealed interface AccuracyGoal {
  /// @param least the worst cosine of any floating-point output on any sample to accept, in `[0,
  ///   1]`
  record MinCosine(double least) implements AccuracyGoal {
    /// @throws IllegalArgumentException if the bound is outside `[0, 1]`
    public MinCosine {
      if (!(least >= 0 && least <= 1)) {
        throw new IllegalArgumentException("the least cosine must be in [0, 1], got " + least);
      }
    }
  }

  /// @param score of the float and of each quantized model tried
  /// @param most by how much the float model's score may exceed the quantized one's, in the unit of
  ///   the score; 0 or more
  record MaxDrop(ModelScore score, double most) implements AccuracyGoal {
    /// @throws IllegalArgumentException if the bound is negative or not finite
    public MaxDrop {
      if (!(most >= 0 && most < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("the largest drop must be 0 or more, got " + most);
      }
    }
  }
}
