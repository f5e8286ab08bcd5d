// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.io.NativeLibraries;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/// M = U Σ Vᵀ, in double, with the singular values in falling order.
final class SingularValues {
  static {
    NativeLibraries.useCheckedFolder();
  }

  /// U, `[m, min(m, n)]`.
  private final INDArray left;

  private final double[] values;

  /// Vᵀ, `[min(m, n), n]`.
  private final INDArray right;

  private SingularValues(INDArray left, double[] values, INDArray right) {
    this.left = left;
    this.values = values;
    this.right = right;
  }

  /// @param matrix `[m, n]`; not modified
  static SingularValues of(INDArray matrix) {
    long rows = matrix.rows();
    long columns = matrix.columns();
    long rank = Math.min(rows, columns);
    INDArray work = matrix.dup('f');
    INDArray values = Nd4j.create(DataType.DOUBLE, new long[] {rank}, 'f');
    INDArray left = Nd4j.create(DataType.DOUBLE, new long[] {rows, rows}, 'f');
    INDArray right = Nd4j.create(DataType.DOUBLE, new long[] {columns, columns}, 'f');
    Nd4j.getBlasWrapper().lapack().gesvd(work, values, left, right);
    return new SingularValues(
        left.get(NDArrayIndex.all(), NDArrayIndex.interval(0, rank)),
        values.toDoubleVector(),
        right.get(NDArrayIndex.interval(0, rank), NDArrayIndex.all()));
  }

  /// Number of singular values, zeros included.
  int count() {
    return values.length;
  }

  /// The first columns of U.
  INDArray left(int count) {
    return left.get(NDArrayIndex.all(), NDArrayIndex.interval(0, count));
  }

  /// U √Σ, the first columns.
  INDArray leftHalf(int count) {
    return left(count).mulRowVector(roots(count));
  }

  /// √Σ Vᵀ, the first rows.
  INDArray rightHalf(int count) {
    return right
        .get(NDArrayIndex.interval(0, count), NDArrayIndex.all())
        .mulColumnVector(roots(count).reshape(count, 1));
  }

  private INDArray roots(int count) {
    double[] roots = new double[count];
    for (int i = 0; i < count; i++) {
      roots[i] = Math.sqrt(values[i]);
    }
    return Nd4j.createFromArray(roots);
  }

  /// The share of the squared norm that the first singular values hold; 1 of a matrix of zeros.
  double energy(int count) {
    double kept = 0;
    double all = 0;
    for (int i = 0; i < values.length; i++) {
      all += values[i] * values[i];
      if (i < count) {
        kept += values[i] * values[i];
      }
    }
    return all == 0 ? 1 : kept / all;
  }

  /// The fewest singular values with this share of the squared norm, at least 1.
  int rankFor(double share) {
    double all = 0;
    for (double value : values) {
      all += value * value;
    }
    double kept = 0;
    for (int i = 0; i < values.length; i++) {
      kept += values[i] * values[i];
      if (kept >= share * all) {
        return i + 1;
      }
    }
    return values.length;
  }
}
