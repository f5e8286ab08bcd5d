// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;

/// A data set in memory, for random access to samples during training.
public final class Samples {
  private static final int READ_AT_ONCE = 256;

  private final float[][] values;
  private final int[] labels;
  private final long[] sizes;
  private final float[] background;

  private Samples(float[][] values, int[] labels, long[] sizes) {
    this.values = values;
    this.labels = labels;
    this.sizes = sizes;
    this.background = lowest(values, sizes);
  }

  /// Reads all samples.
  ///
  /// @param input the model's input
  /// @param classes number of classes; labels must be less
  /// @throws DataException if the data have no labels, one is out of range, or a value is NaN or
  ///   infinite, naming the sample
  public static Samples read(Dataset data, String input, int classes) throws IOException {
    float[][] values = new float[Math.toIntExact(data.size())][];
    int[] labels = new int[values.length];
    long[] sizes = {};
    int next = 0;
    try (Stream<Batch> batches = data.batches(READ_AT_ONCE)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        Tensor tensor = batch.inputs().get(input);
        if (tensor == null || !(batch.labels() instanceof Labels.Classes(var indices))) {
          throw new DataException(
              "%s: training needs samples for input '%s' with class labels, got %s with %s"
                  .formatted(
                      data.description(), input, batch.inputs().keySet(), batch.labels().kind()));
        }
        Shape shape = tensor.shape();
        sizes = Arrays.copyOfRange(shape.sizes(), 1, shape.rank());
        float[] floats = tensor.toFloats();
        int length = floats.length / batch.size();
        for (int i = 0; i < batch.size(); i++, next++) {
          values[next] = Arrays.copyOfRange(floats, i * length, (i + 1) * length);
          labels[next] = checked(data, next, indices.get(i), classes);
          checkFinite(data, next, values[next]);
        }
      }
    }
    return new Samples(values, labels, sizes);
  }

  private static int checked(Dataset data, int sample, int label, int classes) {
    if (label < 0 || label >= classes) {
      throw new DataException(
          "%s: sample %d has label %d, but the network has %d classes, 0 to %d"
              .formatted(data.description(), sample, label, classes, classes - 1));
    }
    return label;
  }

  private static void checkFinite(Dataset data, int sample, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new DataException(
            "%s: sample %d holds %s; training needs finite values"
                .formatted(data.description(), sample, value));
      }
    }
  }

  /// The smallest value of each channel, used as background.
  private static float[] lowest(float[][] values, long[] sizes) {
    int channels = sizes.length == 3 ? Math.toIntExact(sizes[0]) : 1;
    float[] lowest = new float[channels];
    Arrays.fill(lowest, Float.POSITIVE_INFINITY);
    for (float[] sample : values) {
      int plane = sample.length / channels;
      for (int i = 0; i < sample.length; i++) {
        lowest[i / plane] = Math.min(lowest[i / plane], sample[i]);
      }
    }
    return lowest;
  }

  public int size() {
    return values.length;
  }

  /// The dimensions of one sample, without the batch.
  long[] sizes() {
    return sizes.clone();
  }

  boolean areImages() {
    return sizes.length == 3;
  }

  int label(int sample) {
    return labels[sample];
  }

  float[] values(int sample) {
    return values[sample];
  }

  /// The value of pixels that a shifted image vacates.
  float background(int channel) {
    return background[channel];
  }
}
