// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/// The values of one run of a [Program]: a tensor for each slot.
final class ForwardPass {
  private final @Nullable Tensor[] slots;
  private final boolean training;
  private final Compute compute;

  /// @param compute of convolutions and products
  ForwardPass(int slots, boolean training, Compute compute) {
    this.slots = new Tensor[slots];
    this.training = training;
    this.compute = compute;
  }

  /// Whether gradients are wanted, batch statistics used and dropout active.
  boolean isTraining() {
    return training;
  }

  Tensor get(int slot) {
    Tensor tensor = slots[slot];
    if (tensor == null) {
      throw new IllegalStateException("slot " + slot + " is read before it is written");
    }
    return tensor;
  }

  void set(int slot, Tensor tensor) {
    slots[slot] = tensor;
  }

  /// The value as an operand of a convolution or product.
  Tensor operand(int slot) {
    Tensor tensor = get(slot);
    ScalarType type = compute == Compute.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
    return tensor.scalar_type() == type ? tensor : tensor.to(type);
  }

  /// The value in FP32.
  Tensor single(int slot) {
    Tensor tensor = get(slot);
    return tensor.scalar_type() == ScalarType.Float ? tensor : tensor.to(ScalarType.Float);
  }

  /// Gives up values that nothing will read any more.
  void free(int[] dead) {
    for (int slot : dead) {
      Tensor tensor = slots[slot];
      if (tensor != null) {
        tensor.close();
        slots[slot] = null;
      }
    }
  }
}
