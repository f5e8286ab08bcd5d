// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

/// How the samples of a data set were chosen from a larger one.
///
/// @param seed of the choice
/// @param of samples of the larger one, 1 or more
public record Sampling(long seed, long of) {
  public Sampling {
    if (of < 1) {
      throw new IllegalArgumentException(
          "chosen from %d samples, expected 1 or more".formatted(of));
    }
  }
}
