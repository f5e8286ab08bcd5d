// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.estimator;

import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Edits of a large tensor by several operations, one part after another, so that a part stays in
/// the cache from one operation to the next.
final class CachedParts {
  /// What libtorch gives one thread at least, 128 KiB.
  private static final long ELEMENTS_PER_THREAD = 1 << 15;

  private CachedParts() {}

  /// @param tensor FP32, in any memory order without gaps, outside the recording of gradients
  /// @param edit of each element alone, in place
  static void edit(Tensor tensor, Consumer<Tensor> edit) {
    long size = tensor.numel();
    long part = ELEMENTS_PER_THREAD * Math.max(2, torch.get_num_threads());
    if (tensor.is_cuda() || size <= part) {
      edit.accept(tensor);
      return;
    }
    try (Tensor flat = tensor.as_strided(new long[] {size}, 1)) {
      for (long from = 0; from < size; from += part) {
        try (Tensor each = flat.narrow(0, from, Math.min(part, size - from))) {
          edit.accept(each);
        }
      }
    }
  }
}
