// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric;

import dev.quench.run.dataset.AxisSlice;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.OptionalInt;

/// Finds the axis of an output that counts the samples of a batch. A model does not declare it, so
/// its size decides.
public final class SampleAxis {
  private SampleAxis() {}

  /// Axis 0 if its size is `samples`, else the only axis of that size.
  ///
  /// @return empty if no axis or several have that size
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
