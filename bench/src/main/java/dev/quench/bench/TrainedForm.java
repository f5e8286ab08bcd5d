// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.compress.train.libtorch.Compute;

/// As what [TrainingBenchmark] trains its network.
public enum TrainedForm {
  FP32,
  /// Float, with operands of convolutions in bfloat16.
  BF16,
  /// Float, with a penalty on the scales of the normalizations, as before pruning.
  SPARSE,
  /// With 8-bit quantizers of weights, per channel, and of activations, by a moving average.
  INT8,
  /// As [#INT8], with the normalizations folded into the weights by the batch's statistics.
  INT8_FUSED;

  Compute compute() {
    return this == BF16 ? Compute.BF16 : Compute.FP32;
  }

  boolean isQuantized() {
    return this == INT8 || this == INT8_FUSED;
  }
}
