// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.Device;

/// How the steps are computed. On a CPU, one seed, one number of threads and one type give the same
/// bits.
///
/// @param device where; evaluations outside of the training run on the CPU
/// @param threads per operation, on the CPU
/// @param seed of order, augmentation, dropout and held-back samples
public record Execution(Compute compute, Device device, int threads, long seed) {
  /// FP32 on one thread of the processor, seed 1.
  public static final Execution DEFAULT = new Execution(Compute.FP32, Device.CPU, 1, 1);

  public Execution {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be 1 or more, got " + threads);
    }
  }

  public Execution withCompute(Compute chosen) {
    return new Execution(chosen, device, threads, seed);
  }

  public Execution withDevice(Device chosen) {
    return new Execution(compute, chosen, threads, seed);
  }

  public Execution withThreads(int chosen) {
    return new Execution(compute, device, chosen, seed);
  }

  public Execution withSeed(long chosen) {
    return new Execution(compute, device, threads, chosen);
  }
}
