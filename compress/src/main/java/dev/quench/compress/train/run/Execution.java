// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.program.Compute;

/// How the steps are computed. On a CPU, one seed, one number of threads and one type give the same
/// bits.
///
/// @param threads per operation, on the CPU
/// @param seed of order, augmentation, dropout and held-back samples
public record Execution(Compute compute, int threads, long seed) {
  /// FP32, one thread, seed 1.
  public static final Execution DEFAULT = new Execution(Compute.FP32, 1, 1);

  public Execution {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be 1 or more, got " + threads);
    }
  }

  public Execution withCompute(Compute chosen) {
    return new Execution(chosen, threads, seed);
  }

  public Execution withThreads(int chosen) {
    return new Execution(compute, chosen, seed);
  }

  public Execution withSeed(long chosen) {
    return new Execution(compute, threads, chosen);
  }
}
