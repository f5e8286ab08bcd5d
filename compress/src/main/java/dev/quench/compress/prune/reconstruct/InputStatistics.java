// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Mean and covariance, in double, of the rows that a layer's matrix is multiplied by.
///
/// Memory: one matrix of the size of the covariance besides one batch, for any number of samples.
final class InputStatistics {
  private final double[] mean;
  private final double[][] covariance;

  private InputStatistics(double[] mean, double[][] covariance) {
    this.mean = mean;
    this.covariance = covariance;
  }

  /// Runs the model on samples.
  ///
  /// @throws PruningException if what the layer reads is not finite
  /// @throws dev.quench.run.BackendException if the backend fails
  static InputStatistics measure(
      Backend backend, Model model, Consumer consumer, List<Map<String, Tensor>> samples) {
    int length = consumer.rows();
    double[] sums = new double[length];
    long[] count = {0};
    try (INDArray products = Nd4j.zeros(DataType.DOUBLE, length, length);
        Session session =
            backend.open(model, SessionOptions.DEFAULT.withTaps(Set.of(consumer.input())))) {
      InputRows source = new InputRows(consumer);
      for (Map<String, Tensor> sample : samples) {
        session.observe(
            sample,
            (name, activation) -> {
              double[] rows = source.next(activation);
              for (int i = 0; i < rows.length; i++) {
                sums[i % length] += rows[i];
              }
              count[0] += rows.length / length;
              try (INDArray matrix =
                      Nd4j.createFromArray(rows).reshape(rows.length / length, length);
                  INDArray product = matrix.transpose().mmul(matrix)) {
                products.addi(product);
              }
            });
      }
      return of(consumer, sums, products.toDoubleMatrix(), count[0]);
    }
  }

  private static InputStatistics of(
      Consumer consumer, double[] sums, double[][] products, long count) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= count;
    }
    for (int i = 0; i < sums.length; i++) {
      for (int j = 0; j < sums.length; j++) {
        products[i][j] = products[i][j] / count - sums[i] * sums[j];
      }
      consumer.requireFinite(products[i][i]);
    }
    return new InputStatistics(sums, products);
  }

  /// Of each row; not to be modified.
  double[] mean() {
    return mean;
  }

  /// Symmetric; not to be modified.
  double[][] covariance() {
    return covariance;
  }

  /// E‖(x − E x)·W‖² for a matrix W `[rows, outputs]`.
  double variance(double[][] weights) {
    double sum = 0;
    double[][] spread = SymmetricMatrix.product(covariance, weights);
    for (int i = 0; i < weights.length; i++) {
      for (int o = 0; o < weights[i].length; o++) {
        sum += weights[i][o] * spread[i][o];
      }
    }
    return Math.max(0, sum);
  }
}
