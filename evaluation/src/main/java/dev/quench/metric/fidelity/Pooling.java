// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

/// How the vectors of a text's tokens, `[N, T, D]`, become one embedding, `[N, D]`.
public enum Pooling {
  /// The mean over the tokens whose attention mask is not 0; all of them without a mask.
  MEAN,
  /// The vector of the first token.
  FIRST_TOKEN
}
