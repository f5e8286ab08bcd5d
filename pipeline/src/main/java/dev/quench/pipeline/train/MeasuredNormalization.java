// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.train;

import dev.quench.data.image.Normalization;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Mean and standard deviation of the pixels of each channel on the scale from 0 to 1, to four
/// digits.
public final class MeasuredNormalization {
  private static final int READ_AT_ONCE = 500;
  private static final double DIGITS = 1e4;
  private static final double WHITE = 255;

  private MeasuredNormalization() {}

  /// Measures images whose bytes are mapped to `[0, 1]`.
  ///
  /// @param unit images `[samples, channels, height, width]`
  /// @return what makes each channel of mean 0 and deviation 1; a constant channel keeps its scale
  /// @throws DataException if the samples are not images
  public static Normalization of(Dataset unit) throws IOException {
    return of(unit, Normalization.UNIT);
  }

  /// Measures images of some normalization, which is undone.
  ///
  /// @param images `[samples, channels, height, width]`
  /// @throws DataException if the samples are not images
  public static Normalization of(Dataset images, Normalization given) throws IOException {
    double[] sums = {};
    double[] squares = {};
    long pixels = 0;
    try (Stream<Batch> batches = images.batches(READ_AT_ONCE)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        Tensor pixelsOfBatch = batch.inputs().values().iterator().next();
        Shape shape = pixelsOfBatch.shape();
        if (shape.rank() != 4) {
          throw new DataException(
              "%s gives samples of shape %s, expected images [samples, channels, height, width]"
                  .formatted(images.description(), shape));
        }
        int channels = Math.toIntExact(shape.size(1));
        if (sums.length == 0) {
          sums = new double[channels];
          squares = new double[channels];
        }
        int plane = Math.toIntExact(shape.size(2) * shape.size(3));
        float[] values = pixelsOfBatch.toFloats();
        for (int i = 0; i < values.length; i++) {
          int channel = i / plane % channels;
          double raw = values[i] * of(given.std(), channel) + of(given.mean(), channel);
          double pixel = raw / (given.scale() * WHITE);
          sums[channel] += pixel;
          squares[channel] += pixel * pixel;
        }
        pixels += (long) batch.size() * plane;
      }
    }
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    for (int channel = 0; channel < sums.length; channel++) {
      double mean = sums[channel] / pixels;
      double deviation = Math.sqrt(Math.max(0, squares[channel] / pixels - mean * mean));
      means.add(rounded(mean));
      deviations.add(deviation == 0 ? 1 : Math.max(1 / DIGITS, rounded(deviation)));
    }
    return new Normalization(1 / 255.0, means, deviations);
  }

  /// One number may stand for all channels.
  private static double of(List<Double> numbers, int channel) {
    return numbers.get(numbers.size() == 1 ? 0 : channel);
  }

  private static double rounded(double value) {
    return Math.rint(value * DIGITS) / DIGITS;
  }
}
