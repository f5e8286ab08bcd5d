// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import java.util.List;

/// How many samples to give a model at a time when the user does not say.
final class BatchSize {
  private BatchSize() {}

  /// What the inputs fix as their first dimension, else `usual`.
  static int suited(List<TensorSpec> inputs, int usual) {
    for (TensorSpec input : inputs) {
      if (input.shape().rank() > 0 && input.shape().dim(0) instanceof Dim.Fixed(long size)) {
        return Math.clamp(size, 1, Integer.MAX_VALUE);
      }
    }
    return usual;
  }
}
