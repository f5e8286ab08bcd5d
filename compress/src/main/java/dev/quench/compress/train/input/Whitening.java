// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.input;

import dev.quench.compress.train.run.TrainingException;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// The whitening of a set of vectors, fitted in double.
///
/// @param mean `[D]`
/// @param matrix symmetric, `[D, D]`, row by row
@SuppressWarnings("ArrayRecordComponent") // inside the package, never compared
record Whitening(float[] mean, float[] matrix) {
  /// 64 by 64 pixels in one channel, or 37 by 37 in three; the matrix then takes 67 MB.
  private static final int MOST_VALUES = 4096;

  private static final double SHARE = 0.01;
  private static final int AT_ONCE = 500;

  /// @param samples at least two, of one length; not changed
  /// @throws TrainingException if the vectors are too long, or all are equal
  static Whitening of(List<float[]> samples) {
    int size = samples.getFirst().length;
    if (size > MOST_VALUES) {
      throw new TrainingException(
          "whitening takes images of at most %d values, got %d; use gcn or lcn, or smaller images"
              .formatted(MOST_VALUES, size));
    }
    double[] mean = new double[size];
    for (float[] sample : samples) {
      for (int i = 0; i < size; i++) {
        mean[i] += sample[i] / (double) samples.size();
      }
    }
    try (INDArray covariance = covariance(samples, mean);
        INDArray values = Nd4j.create(DataType.DOUBLE, size)) {
      Nd4j.getBlasWrapper().syev('V', 'L', covariance, values); // columns become eigenvectors
      double sum = values.sumNumber().doubleValue();
      if (!(sum > 0)) {
        throw new TrainingException("all images are equal, so there is nothing to whiten");
      }
      double epsilon = SHARE * sum / size;
      double[] factors = values.toDoubleVector();
      for (int i = 0; i < size; i++) {
        factors[i] = 1 / Math.sqrt(Math.max(0, factors[i]) + epsilon);
      }
      try (INDArray scale = Nd4j.createFromArray(factors);
          INDArray matrix = covariance.mulRowVector(scale).mmul(covariance.transpose()).dup('c')) {
        double[] whitening = matrix.data().asDouble();
        return new Whitening(single(mean), single(whitening));
      }
    }
  }

  /// In column order, as LAPACK takes it.
  private static INDArray covariance(List<float[]> samples, double[] mean) {
    int size = mean.length;
    INDArray sum = Nd4j.zeros(DataType.DOUBLE, size, size);
    for (int from = 0; from < samples.size(); from += AT_ONCE) {
      List<float[]> block = samples.subList(from, Math.min(from + AT_ONCE, samples.size()));
      double[][] rows = new double[block.size()][size];
      for (int row = 0; row < rows.length; row++) {
        for (int i = 0; i < size; i++) {
          rows[row][i] = block.get(row)[i] - mean[i];
        }
      }
      try (INDArray centred = Nd4j.createFromArray(rows);
          INDArray product = centred.transpose().mmul(centred)) {
        sum.addi(product);
      }
    }
    try (sum) {
      return sum.divi(samples.size()).dup('f');
    }
  }

  private static float[] single(double[] values) {
    float[] single = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      single[i] = (float) values[i];
    }
    return single;
  }
}
