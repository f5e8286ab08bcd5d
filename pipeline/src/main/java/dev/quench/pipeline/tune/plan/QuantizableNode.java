// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

/// A node that a target can run in integers.
///
/// @param name distinct in its graph
/// @param work multiplications for one sample as far as shapes are known, at least 1
public record QuantizableNode(String name, Kind kind, long work) {
  /// What decides which treatments make sense.
  public enum Kind {
    CONVOLUTION,
    /// A convolution of fewer than four channels.
    IMAGE,
    /// One input channel a group.
    DEPTHWISE,
    /// `Gemm` or `MatMul` with constant weights.
    PRODUCT,
    /// A layer too small to gain by the target's usual rules.
    SMALL,
    /// A residual sum, one branch of which is read in integers.
    SUM,
    /// Another sum, a concatenation, pooling or the like between layers.
    JOIN,
    /// A lookup in a constant table.
    TABLE;

    /// Whether it multiplies by weights.
    public boolean isLayer() {
      return this != SUM && this != JOIN && this != TABLE;
    }
  }
}
