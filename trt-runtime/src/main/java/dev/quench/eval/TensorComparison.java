// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// How far a tensor is from the expected one. All sums in double.
///
/// @param cosine of the angle between both, 1 when both are zero
/// @param sqnrDecibel `10 log10(Σ expected² / Σ (expected − actual)²)`, infinite when equal
/// @param maxAbsoluteError largest `|expected − actual|`; NaN as soon as one side alone is NaN or
///   infinite
/// @param maxRelativeError the largest absolute error over the largest `|expected|`
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
    double dot = 0;
    double energyOfExpected = 0;
    double energyOfActual = 0;
    double energyOfError = 0;
    double maxError = 0;
    double maxExpected = 0;
    for (int i = 0; i < e.length; i++) {
      if (Double.compare(e[i], a[i]) == 0 && !Double.isFinite(e[i])) {
        continue; // the same infinity or NaN on both sides is no error and has no direction
      }
      double error = e[i] - a[i];
      dot += e[i] * a[i];
      energyOfExpected += e[i] * e[i];
      energyOfActual += a[i] * a[i];
      energyOfError += error * error;
      maxError = Math.max(maxError, Math.abs(error));
      maxExpected = Math.max(maxExpected, Math.abs(e[i]));
    }
    double norms = Math.sqrt(energyOfExpected) * Math.sqrt(energyOfActual);
    double cosine = energyOfError == 0 ? 1 : norms == 0 ? 0 : dot / norms;
    double sqnr =
        energyOfError == 0
            ? Double.POSITIVE_INFINITY
            : 10 * Math.log10(energyOfExpected / energyOfError);
    return new TensorComparison(
        cosine,
        sqnr,
        maxError,
        maxError == 0 ? 0 : maxError / maxExpected,
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
    int columns = Math.toIntExact(shape.size(-1));
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
