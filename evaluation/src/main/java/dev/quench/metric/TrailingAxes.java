// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// Trailing axes of size 1, as global pooling leaves them: `[N, C, 1, 1]` for `[N, C]`.
public final class TrailingAxes {
  private TrailingAxes() {}

  /// Removes trailing axes of size 1, but keeps at least `rank` axes.
  public static Tensor dropped(Tensor tensor, int rank) {
    Shape shape = tensor.shape();
    int kept = shape.rank();
    while (kept > rank && shape.size(kept - 1) == 1) {
      kept--;
    }
    return kept == shape.rank() ? tensor : tensor.reshape(new Shape(shape.dims().subList(0, kept)));
  }

  /// The size of the last axis whose size is not 1; axis 0 counts only if it is the only axis.
  public static int lastSize(Shape shape) {
    if (shape.rank() == 1) {
      return Math.toIntExact(shape.size(0));
    }
    for (int axis = shape.rank() - 1; axis > 0; axis--) {
      if (shape.size(axis) != 1) {
        return Math.toIntExact(shape.size(axis));
      }
    }
    return 1;
  }
}
