// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Compute;
import java.util.BitSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/// The values of one run of a [Program], one tensor per slot.
final class ForwardPass {
  private final @Nullable Tensor[] slots;
  private final Mode mode;
  private final Compute compute;
  private final long batch;

  /// What a pass is for.
  enum Mode {
    TRAINING,
    EVALUATION,
    /// An evaluation of the float network that observers follow.
    CALIBRATION
  }

  /// @param compute data type of convolutions and products
  /// @param batch number of samples
  ForwardPass(int slots, Mode mode, Compute compute, long batch) {
    this.slots = new Tensor[slots];
    this.batch = batch;
    this.mode = mode;
    this.compute = compute;
  }

  /// Whether the pass records gradients, uses batch statistics and applies dropout.
  boolean isTraining() {
    return mode == Mode.TRAINING;
  }

  /// Whether the pass leaves quantizers out.
  boolean isCalibrating() {
    return mode == Mode.CALIBRATION;
  }

  /// Whether observers follow the pass.
  boolean observes() {
    return mode != Mode.EVALUATION;
  }

  /// Whether sums of products are added in the order of ONNX Runtime, so that signs after them
  /// agree exactly.
  boolean followsOnnxRuntime(Tensor x) {
    return !isTraining() && compute == Compute.FP32 && !x.is_cuda();
  }

  /// Number of samples of the pass.
  long batch() {
    return batch;
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

  /// The value in the data type of convolutions and products.
  Tensor operand(int slot) {
    Tensor tensor = get(slot);
    ScalarType type = compute == Compute.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
    return tensor.scalar_type().value == type.value ? tensor : tensor.to(type);
  }

  /// The value in FP32.
  Tensor single(int slot) {
    Tensor tensor = get(slot);
    return tensor.scalar_type().value == ScalarType.Float.value
        ? tensor
        : tensor.to(ScalarType.Float);
  }

  /// Frees values that no later step reads, but for those of slots that are `kept`.
  void free(int[] dead, BitSet kept) {
    for (int slot : dead) {
      Tensor tensor = slots[slot];
      if (tensor != null && !kept.get(slot)) {
        tensor.close();
        slots[slot] = null;
      }
    }
  }
}
