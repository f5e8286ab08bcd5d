// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric;

import dev.quench.run.dataset.AxisSlice;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.OptionalInt;

/// Which axis of an output counts the samples that were run together. Nothing in a model says so;
/// its size does.
public final class SampleAxis {
  private SampleAxis() {}

  /// Axis 0 if it has `samples` entries, else the only axis that has.
  ///
  /// @return empty if none or several have
  public static OptionalInt of(Shape shape, int samples) {
    if (shape.rank() > 0 && shape.size(0) == samples) {
      return OptionalInt.of(0);
    }
    OptionalInt found = OptionalInt.empty();
    for (int axis = 1; axis < shape.rank(); axis++) {
      if (shape.size(axis) == samples) {
        if (found.isPresent()) {
          return OptionalInt.empty();
        }
        found = OptionalInt.of(axis);
      }
    }
    return found;
  }

  /// One sample of `tensor`, with that axis of size 1.
  public static Tensor sample(Tensor tensor, int axis, int number) {
    return AxisSlice.of(tensor, axis, number, number + 1L);
  }
}
