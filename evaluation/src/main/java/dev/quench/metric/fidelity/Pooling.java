// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

/// Pools the vectors of a text's tokens, `[N, T, D]`, into one embedding, `[N, D]`.
public enum Pooling {
  /// The mean over the tokens whose attention mask is not 0; over all tokens without a mask.
  MEAN,
  /// The vector of the first token.
  FIRST_TOKEN
}
