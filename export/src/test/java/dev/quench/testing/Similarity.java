// SPDX-License-Identifier: Apache-2.0
package dev.quench.testing;

import dev.quench.tensor.Tensor;

/// How alike two tensors are.
public final class Similarity {
  private Similarity() {}

  /// Cosine of the angle between two tensors of one shape; 1 when both are zero.
  public static double cosine(Tensor a, Tensor b) {
    double[] x = a.toDoubles();
    double[] y = b.toDoubles();
    double dot = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      dot += x[i] * y[i];
      xx += x[i] * x[i];
      yy += y[i] * y[i];
    }
    return xx == 0 && yy == 0 ? 1 : dot / Math.sqrt(xx * yy);
  }
}
