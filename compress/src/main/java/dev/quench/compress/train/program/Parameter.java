// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// An initializer that training updates.
///
/// @param value of the model under training
/// @param role how training updates it
/// @param layer the first node that computes with it
public record Parameter(Value value, Role role, Node layer) {
  /// The order of the constants is the order in the flat vectors.
  public enum Role {
    /// Kernels and matrices, with weight decay.
    WEIGHT,
    /// Scales γ of BatchNormalization, without weight decay; sparse training shrinks them.
    SCALE,
    /// Biases, shifts of normalizations and other vectors, without weight decay.
    SHIFT,
    /// Latent weights of binary and ternary layers, without weight decay, clipped to [−1, 1].
    LATENT,
    /// Running mean and variance, updated from the batches, without gradient.
    STATISTIC
  }

  /// Number of values.
  public long elements() {
    return value.initializer().orElseThrow().elements();
  }
}
