// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Where libtorch computes: the processor, or one GPU.
///
/// @param name in libtorch's spelling: `cpu`, `cuda`, `cuda:1`
public record Device(String name) {
  /// The processor.
  public static final Device CPU = new Device("cpu");

  public Device {
    if (name.contains(",")) {
      throw new IllegalArgumentException(
          "expected one device, got '%s'; one training uses one GPU, because its results would depend on how the batch is divided; run several trainings instead"
              .formatted(name));
    }
    if (!name.matches("cpu|cuda(:\\d{1,3})?")) {
      throw new IllegalArgumentException(
          "expected the device cpu, cuda or cuda:N, got '%s'".formatted(name));
    }
  }

  boolean isCpu() {
    return name.equals("cpu");
  }

  /// The tensor on this device; the same one if it lies there already.
  ///
  /// @param tensor of type `type`
  public Tensor place(Tensor tensor, ScalarType type) {
    return isCpu() ? tensor : tensor.to(new org.bytedeco.pytorch.Device(name), type);
  }
}
