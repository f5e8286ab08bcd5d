// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.metric.Deviation;
import dev.quench.metric.TrailingAxes;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// How far a tensor is from the expected one, as [Deviation] defines it.
///
/// @param top1Agreement share of rows along the last axis with the same arg max (lowest index on
///   ties); 1 for scalars
public record TensorComparison(
    double cosine,
    double sqnrDecibel,
    double maxAbsoluteError,
    double maxRelativeError,
    double top1Agreement) {
  /// @throws IllegalArgumentException if the shapes differ or an element type is no number
  public static TensorComparison of(Tensor expected, Tensor actual) {
    if (!expected.shape().equals(actual.shape())) {
      throw new IllegalArgumentException(
          "cannot compare shapes " + expected.shape() + " and " + actual.shape());
    }
    double[] e = numbers(expected);
    double[] a = numbers(actual);
    Deviation deviation = Deviation.of(e, a, 0, e.length);
    return new TensorComparison(
        deviation.cosine(),
        deviation.sqnrDecibel(),
        deviation.maxAbsoluteError(),
        deviation.maxRelativeError(),
        agreement(e, a, expected.shape()));
  }

  private static double[] numbers(Tensor tensor) {
    try {
      return tensor.toDoubles();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException("cannot compare tensors: " + e.getMessage(), e);
    }
  }

  private static double agreement(double[] e, double[] a, Shape shape) {
    if (shape.rank() == 0 || e.length == 0) {
      return 1;
    }
    int columns = TrailingAxes.lastSize(shape);
    int rows = e.length / columns;
    int same = 0;
    for (int row = 0; row < rows; row++) {
      if (argMax(e, row * columns, columns) == argMax(a, row * columns, columns)) {
        same++;
      }
    }
    return same / (double) rows;
  }

  private static int argMax(double[] values, int offset, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[offset + i] > values[offset + best]) {
        best = i;
      }
    }
    return best;
  }
}
