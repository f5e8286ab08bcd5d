// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Batch;
import java.util.stream.Stream;

/// Mean and standard deviation of the pixels of a data set on the scale from 0 to 1, to four
/// digits.
record PixelStatistics(double mean, double deviation) {
  private static final int READ_AT_ONCE = 500;
  private static final double DIGITS = 1e4;
  private static final double WHITE = 255;

  static PixelStatistics of(IdxDataset data) {
    Normalization given = data.normalization();
    double sum = 0;
    double squares = 0;
    long count = 0;
    try (Stream<Batch> batches = data.batches(READ_AT_ONCE)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        for (float value : batch.inputs().values().iterator().next().toFloats()) {
          double raw = value * given.std().getFirst() + given.mean().getFirst();
          double pixel = raw / given.scale() / WHITE;
          sum += pixel;
          squares += pixel * pixel;
          count++;
        }
      }
    }
    double mean = sum / count;
    double deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
    return new PixelStatistics(rounded(mean), deviation == 0 ? 1 : rounded(deviation));
  }

  /// Notes them in a model as [Preprocessing] reads them.
  void record(Model model) {
    model.metadata().put("preprocess.scale", "1/255");
    model.metadata().put("preprocess.mean", String.valueOf(mean));
    model.metadata().put("preprocess.std", String.valueOf(deviation));
  }

  private static double rounded(double value) {
    return Math.max(1, Math.rint(value * DIGITS)) / DIGITS;
  }
}
