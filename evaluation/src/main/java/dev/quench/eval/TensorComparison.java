// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.metric.SampleAxis;
import dev.quench.metric.TrailingAxes;
import dev.quench.run.Deviation;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.OptionalInt;

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
  /// The result of comparing no numbers.
  private static final TensorComparison NOTHING =
      new TensorComparison(1, Double.POSITIVE_INFINITY, 0, 0, 1);

  /// @throws IllegalArgumentException if the shapes differ or elements are not numbers
  public static TensorComparison of(Tensor expected, Tensor actual) {
    return worstOfSamples(expected, actual, 1);
  }

  /// The worst of each figure over all samples, so the figures do not depend on the batch size.
  ///
  /// @param samples that were run together; a tensor without a [sample axis][SampleAxis] is
  ///   compared as a whole
  /// @throws IllegalArgumentException if the shapes differ or elements are not numbers
  public static TensorComparison worstOfSamples(Tensor expected, Tensor actual, int samples) {
    if (!expected.shape().equals(actual.shape())) {
      throw new IllegalArgumentException(
          "cannot compare shapes " + expected.shape() + " and " + actual.shape());
    }
    OptionalInt axis = samples > 1 ? SampleAxis.of(expected.shape(), samples) : OptionalInt.empty();
    TensorComparison worst = NOTHING;
    if (axis.isPresent() && axis.getAsInt() > 0) {
      for (int i = 0; i < samples; i++) {
        worst =
            worst.worse(
                of(
                    SampleAxis.sample(expected, axis.getAsInt(), i),
                    SampleAxis.sample(actual, axis.getAsInt(), i)));
      }
      return worst;
    }
    double[] e = numbers(expected);
    double[] a = numbers(actual);
    int parts = axis.isPresent() ? samples : 1;
    int size = e.length / parts;
    for (int i = 0; i < parts; i++) {
      worst = worst.worse(ofPart(e, a, i * size, (i + 1) * size, expected.shape()));
    }
    return worst;
  }

  private static TensorComparison ofPart(double[] e, double[] a, int from, int to, Shape shape) {
    Deviation deviation = Deviation.of(e, a, from, to);
    return new TensorComparison(
        deviation.cosine(),
        deviation.sqnrDecibel(),
        deviation.maxAbsoluteError(),
        deviation.maxRelativeError(),
        agreement(e, a, from, to, shape));
  }

  /// The worse of each figure; NaN is the worst.
  public TensorComparison worse(TensorComparison other) {
    return new TensorComparison(
        Math.min(cosine, other.cosine),
        Math.min(sqnrDecibel, other.sqnrDecibel),
        Math.max(maxAbsoluteError, other.maxAbsoluteError),
        Math.max(maxRelativeError, other.maxRelativeError),
        Math.min(top1Agreement, other.top1Agreement));
  }

  private static double[] numbers(Tensor tensor) {
    try {
      return tensor.toDoubles();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException("cannot compare tensors: " + e.getMessage(), e);
    }
  }

  private static double agreement(double[] e, double[] a, int from, int to, Shape shape) {
    if (shape.rank() == 0 || from == to) {
      return 1;
    }
    // A sample of a vector is one number.
    int columns = Math.toIntExact(Math.min(TrailingAxes.lastSize(shape), to - from));
    int rows = (to - from) / columns;
    int same = 0;
    for (int row = 0; row < rows; row++) {
      if (argMax(e, from + row * columns, columns) == argMax(a, from + row * columns, columns)) {
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
