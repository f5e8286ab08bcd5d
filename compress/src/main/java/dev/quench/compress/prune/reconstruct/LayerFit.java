// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Fits the weights of a layer that has lost inputs to what the layer gave in the original, from
/// what it reads now: He et al. 2017, section 3.2. So it makes up for what the layers before it
/// have lost, too.
///
/// Memory: two matrices of the inputs that stay, squared, besides one batch.
final class LayerFit {
  private final PairedRows rows;
  private final int[] kept;
  private final double[] inputMean;
  private final double[] outputMean;
  private final double[][] covariance;
  private final double[][] cross;

  /// Weights of the inputs that stay, and the constants that make the mean right.
  ///
  /// @param weights `[kept rows, outputs]`
  @SuppressWarnings("ArrayRecordComponent") // stays inside the package, never compared
  record Solution(double[][] weights, double[] constants) {}

  /// @param kept rows of the consumer's matrix that stay; one or more
  /// @throws dev.quench.compress.prune.structure.PruningException if what the layer reads is not
  ///   finite
  static LayerFit measure(PairedRows rows, int[] kept, List<Map<String, Tensor>> samples) {
    int inputs = kept.length;
    int outputs = rows.consumer().outputs();
    double[] inputSums = new double[inputs];
    double[] outputSums = new double[outputs];
    long[] count = {0};
    try (INDArray weights = Nd4j.createFromArray(rows.consumer().matrix());
        INDArray squares = Nd4j.zeros(DataType.DOUBLE, inputs, inputs);
        INDArray products = Nd4j.zeros(DataType.DOUBLE, inputs, outputs)) {
      rows.read(
          samples,
          (before, after) -> {
            try (INDArray target = before.mmul(weights);
                INDArray staying = after.getColumns(kept);
                INDArray transposed = staying.transpose();
                INDArray square = transposed.mmul(staying);
                INDArray product = transposed.mmul(target)) {
              squares.addi(square);
              products.addi(product);
              addRows(inputSums, staying);
              addRows(outputSums, target);
              count[0] += staying.rows();
            }
          });
      return new LayerFit(
          rows,
          kept,
          inputSums,
          outputSums,
          squares.toDoubleMatrix(),
          products.toDoubleMatrix(),
          count[0]);
    }
  }

  /// @param inputSums becomes the mean
  /// @param outputSums becomes the mean
  /// @param squares becomes the covariance of the inputs
  /// @param products becomes the covariance of inputs and outputs
  private LayerFit(
      PairedRows rows,
      int[] kept,
      double[] inputSums,
      double[] outputSums,
      double[][] squares,
      double[][] products,
      long count) {
    this.rows = rows;
    this.kept = kept;
    inputMean = divided(inputSums, count);
    outputMean = divided(outputSums, count);
    for (int i = 0; i < squares.length; i++) {
      for (int j = 0; j < squares.length; j++) {
        squares[i][j] = squares[i][j] / count - inputMean[i] * inputMean[j];
      }
      for (int o = 0; o < products[i].length; o++) {
        products[i][o] = products[i][o] / count - inputMean[i] * outputMean[o];
      }
      rows.consumer().requireFinite(squares[i][i]);
    }
    covariance = squares;
    cross = products;
  }

  private static double[] divided(double[] sums, long count) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= count;
    }
    return sums;
  }

  private static void addRows(double[] sums, INDArray rows) {
    try (INDArray sum = rows.sum(0)) {
      SymmetricMatrix.add(sums, 1, sum.toDoubleVector());
    }
  }

  /// The least squares: (C + μI)⁻¹ of the inputs times their covariance with the outputs.
  Solution solve() {
    int[] all = IntStream.range(0, kept.length).toArray();
    double[][] weights = new double[cross.length][];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = cross[i].clone();
    }
    SymmetricMatrix.solve(SymmetricMatrix.ridged(covariance, all), weights);
    return withConstants(weights);
  }

  /// The weights as they were.
  Solution plain() {
    double[][] original = rows.consumer().matrix();
    double[][] weights = new double[kept.length][];
    for (int i = 0; i < kept.length; i++) {
      weights[i] = original[kept[i]];
    }
    return withConstants(weights);
  }

  private Solution withConstants(double[][] weights) {
    double[] constants = outputMean.clone();
    for (int i = 0; i < weights.length; i++) {
      SymmetricMatrix.add(constants, -inputMean[i], weights[i]);
    }
    return new Solution(weights, constants);
  }

  /// What the outputs by each solution are off by: E‖y − ŷ‖² / E‖y − E y‖², 0 if the outputs are
  /// constant.
  ///
  /// @param samples that nothing was fitted to
  double[] errors(List<Map<String, Tensor>> samples, List<Solution> solutions) {
    double[] sums = new double[solutions.size()];
    double[] outputSums = new double[outputMean.length];
    double[] squares = {0};
    long[] count = {0};
    try (INDArray weights = Nd4j.createFromArray(rows.consumer().matrix())) {
      rows.read(
          samples,
          (before, after) -> {
            try (INDArray target = before.mmul(weights);
                INDArray staying = after.getColumns(kept)) {
              addRows(outputSums, target);
              squares[0] += squared(target);
              count[0] += target.rows();
              for (int i = 0; i < sums.length; i++) {
                sums[i] += residual(target, staying, solutions.get(i));
              }
            }
          });
    }
    double variance = squares[0];
    for (double sum : outputSums) {
      variance -= sum * sum / count[0];
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] = variance > 0 ? sums[i] / variance : 0;
    }
    return sums;
  }

  private static double residual(INDArray target, INDArray inputs, Solution solution) {
    try (INDArray weights = Nd4j.createFromArray(solution.weights());
        INDArray constants = Nd4j.createFromArray(solution.constants());
        INDArray product = inputs.mmul(weights);
        INDArray moved = product.addRowVector(constants);
        INDArray difference = target.sub(moved)) {
      return squared(difference);
    }
  }

  private static double squared(INDArray values) {
    double norm = values.norm2Number().doubleValue();
    return norm * norm;
  }
}
