// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.update;

/// What is added to, or limits, the gradients of the loss.
///
/// @param sparsity strength s of the penalty s · Σ|γ| on the scales of BatchNormalization, which
///   pruning later ranks channels by; 0 for none
/// @param method how the penalty acts
/// @param gradientNorm the largest Euclidean norm of the gradients of the loss, all parameters
///   together; larger ones are scaled down to it. Infinity for no limit
public record Regularization(double sparsity, SparsityMethod method, double gradientNorm) {
  /// Nothing added, no limit.
  public static final Regularization NONE =
      new Regularization(0, SparsityMethod.L1, Double.POSITIVE_INFINITY);

  public Regularization {
    if (!(sparsity >= 0) || sparsity == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException("sparsity must be 0 or more and finite, got " + sparsity);
    }
    if (!(gradientNorm > 0)) {
      throw new IllegalArgumentException(
          "the largest gradient norm must be above 0, got " + gradientNorm);
    }
  }

  public Regularization withSparsity(double strength, SparsityMethod by) {
    return new Regularization(strength, by, gradientNorm);
  }

  public Regularization withGradientNorm(double largest) {
    return new Regularization(sparsity, method, largest);
  }
}
