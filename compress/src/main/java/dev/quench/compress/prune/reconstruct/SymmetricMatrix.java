// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Steps with positive definite matrices.
final class SymmetricMatrix {
  /// Added to the diagonal, as a share of its mean, so that rows that depend on others, or are
  /// always zero, can be inverted.
  private static final double RIDGE = 1e-5;

  private SymmetricMatrix() {}

  /// The rows and columns chosen, with a ridge.
  static double[][] ridged(double[][] matrix, int[] chosen) {
    double[][] part = new double[chosen.length][chosen.length];
    double trace = 0;
    for (int i = 0; i < chosen.length; i++) {
      for (int j = 0; j < chosen.length; j++) {
        part[i][j] = matrix[chosen[i]][chosen[j]];
      }
      trace += part[i][i];
    }
    double ridge = trace > 0 ? RIDGE * trace / chosen.length : 1;
    for (int i = 0; i < chosen.length; i++) {
      part[i][i] += ridge;
    }
    return part;
  }

  /// The inverse, by Y of L·Y = I as YᵀY.
  ///
  /// @param a positive definite; becomes its upper factor
  static double[][] inverse(double[][] a) {
    double[][] y = new double[a.length][a.length];
    for (int i = 0; i < a.length; i++) {
      y[i][i] = 1;
    }
    factor(a);
    forward(a, y);
    try (INDArray lower = Nd4j.createFromArray(y);
        INDArray product = lower.transpose().mmul(lower)) {
      return product.toDoubleMatrix();
    }
  }

  static double[][] product(double[][] a, double[][] b) {
    if (a.length == 0 || b.length == 0) {
      return new double[a.length][0];
    }
    try (INDArray first = Nd4j.createFromArray(a);
        INDArray second = Nd4j.createFromArray(b);
        INDArray product = first.mmul(second)) {
      return product.toDoubleMatrix();
    }
  }

  /// A⁻¹·B by Cholesky's factors, in place.
  ///
  /// @param a positive definite; becomes its upper factor
  /// @param b becomes the solution
  static void solve(double[][] a, double[][] b) {
    factor(a);
    forward(a, b);
    for (int i = a.length - 1; i >= 0; i--) {
      for (int k = i + 1; k < a.length; k++) {
        add(b[i], -a[i][k], b[k]);
      }
      scale(b[i], 1 / a[i][i]);
    }
  }

  /// A = UᵀU; what lies below the diagonal is left as it is.
  private static void factor(double[][] a) {
    for (int k = 0; k < a.length; k++) {
      double[] pivot = a[k];
      double root = Math.sqrt(Math.max(pivot[k], Double.MIN_NORMAL));
      for (int j = k; j < a.length; j++) {
        pivot[j] /= root;
      }
      for (int i = k + 1; i < a.length; i++) {
        double factor = pivot[i];
        double[] row = a[i];
        for (int j = i; j < row.length; j++) {
          row[j] -= factor * pivot[j];
        }
      }
    }
  }

  private static void forward(double[][] upper, double[][] b) {
    for (int k = 0; k < upper.length; k++) {
      scale(b[k], 1 / upper[k][k]);
      for (int i = k + 1; i < upper.length; i++) {
        add(b[i], -upper[k][i], b[k]);
      }
    }
  }

  static void add(double[] to, double factor, double[] from) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * from[i];
    }
  }

  private static void scale(double[] row, double factor) {
    for (int i = 0; i < row.length; i++) {
      row[i] *= factor;
    }
  }
}
