// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

/// How channels of different layers are weighed against each other.
public enum Ranking {
  /// The same share of every layer.
  UNIFORM,
  /// The channels of least worth anywhere, the worth of each layer's channels divided by their
  /// mean; γ as it is.
  GLOBAL
}
