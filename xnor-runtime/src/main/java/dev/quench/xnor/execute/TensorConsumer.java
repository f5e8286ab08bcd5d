// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.tensor.Tensor;

/// Takes over what is needed of a tensor of the graph while its memory is valid.
interface TensorConsumer {
  /// @param nchw in the graph's layout; valid during the call alone
  /// @param pool shares the work
  void accept(Tensor nchw, ThreadPool pool);
}
