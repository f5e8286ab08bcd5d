// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Value;

/// An initializer that training changes.
///
/// @param value of the model under training
/// @param role what is done with it
public record Leaf(Value value, Role role) {
  /// In the order in which they lie in the flat vectors.
  public enum Role {
    /// Kernels and matrices: weight decay applies.
    WEIGHT,
    /// Biases and what normalizations scale and shift by: no weight decay.
    SHIFT,
    /// Latent weights of binary and ternary layers: no weight decay, clipped to [−1, 1].
    LATENT,
    /// Running mean and variance: follow the batches, no gradient.
    STATISTIC
  }

  public long elements() {
    return value.initializer().orElseThrow().elements();
  }
}
