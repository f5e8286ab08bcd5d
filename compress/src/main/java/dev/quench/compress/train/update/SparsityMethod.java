// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.update;

/// How the L1 penalty on the scales γ of BatchNormalization acts.
public enum SparsityMethod {
  /// Adds s · sgn(γ) to the gradient: scales become small, rarely 0. Source: Liu et al., Learning
  /// Efficient Convolutional Networks through Network Slimming, ICCV 2017, eq. 1.
  L1,
  /// Moves each γ towards 0 by η · s after the step, at most to 0, where η is the learning rate of
  /// the step: scales become exactly 0. Source: Ye et al., Rethinking the
  /// Smaller-Norm-Less-Informative Assumption in Channel Pruning, ICLR 2018, section 4. Differs
  /// from it: one strength for all layers, no rescaling of γ against the next weights.
  ISTA
}
