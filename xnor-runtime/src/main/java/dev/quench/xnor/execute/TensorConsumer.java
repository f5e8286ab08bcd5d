// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.tensor.Tensor;

/// Reads or copies a tensor of the graph while its memory is valid.
interface TensorConsumer {
  /// @param nchw in the graph's layout; valid only during the call
  /// @param pool shares the work
  void accept(Tensor nchw, ThreadPool pool);
}
