// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.tensor.Tensor;

/// Receives inner tensors while a model runs.
@FunctionalInterface
public interface ActivationTap {
  /// @param name the tensor's name in the model
  /// @param activation borrowed: its memory is valid only during this call
  void accept(String name, Tensor activation);
}
