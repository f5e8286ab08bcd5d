// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import java.util.Arrays;

/// Changes the size of images and of planes of numbers, axis by axis: columns first, then rows,
/// with weights computed in double. Stateless, thread-safe.
public final class Resampling {
  private Resampling() {}

  /// The input pixels along one axis that contribute to each output pixel: the first of them, and
  /// their weights, which sum to 1.
  private static final class AxisWeights {
    private final int[] first;
    private final float[][] weights;

    private AxisWeights(int[] first, float[][] weights) {
      this.first = first;
      this.weights = weights;
    }

    static AxisWeights of(int from, int to, Interpolation interpolation) {
      int[] first = new int[to];
      float[][] weights = new float[to][];
      double scale = from / (double) to;
      for (int i = 0; i < to; i++) {
        double center = (i + 0.5) * scale;
        if (interpolation == Interpolation.NEAREST) {
          first[i] = Math.min(from - 1, (int) center);
          weights[i] = new float[] {1};
          continue;
        }
        double radius = radius(interpolation, scale);
        int begin = Math.max(0, (int) Math.floor(center - radius));
        int end = Math.min(from, (int) Math.ceil(center + radius));
        double[] exact = new double[end - begin];
        double sum = 0;
        for (int j = 0; j < exact.length; j++) {
          exact[j] = weight(interpolation, scale, begin + j, center);
          sum += exact[j];
        }
        first[i] = begin;
        weights[i] = new float[exact.length];
        for (int j = 0; j < exact.length; j++) {
          weights[i][j] = (float) (exact[j] / sum);
        }
      }
      return new AxisWeights(first, weights);
    }

    private static double radius(Interpolation interpolation, double scale) {
      return switch (interpolation) {
        case NEAREST, BILINEAR -> 1;
        case BILINEAR_ANTIALIAS -> Math.max(1, scale);
        case BICUBIC_ANTIALIAS -> 2 * Math.max(1, scale);
        case AREA -> scale / 2;
      };
    }

    private static double weight(
        Interpolation interpolation, double scale, int pixel, double center) {
      double distance = Math.abs(pixel + 0.5 - center);
      return switch (interpolation) {
        case NEAREST -> 1;
        case BILINEAR -> Math.max(0, 1 - distance);
        case BILINEAR_ANTIALIAS -> Math.max(0, 1 - distance / Math.max(1, scale));
        case BICUBIC_ANTIALIAS -> cubic(distance / Math.max(1, scale));
        case AREA ->
            Math.max(
                0, Math.min(pixel + 1, center + scale / 2) - Math.max(pixel, center - scale / 2));
      };
    }

    /// R. Keys, "Cubic convolution interpolation for digital image processing", 1981, eq. 15.
    private static double cubic(double x) {
      if (x < 1) {
        return (1.5 * x - 2.5) * x * x + 1;
      }
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    }
  }

  /// Resizes an image; returns the same one if it has that size.
  public static RawImage resize(
      RawImage image, int width, int height, Interpolation interpolation) {
    if (image.width() == width && image.height() == height) {
      return image;
    }
    int channels = image.channels();
    AxisWeights columns = AxisWeights.of(image.width(), width, interpolation);
    AxisWeights rows = AxisWeights.of(image.height(), height, interpolation);
    int stride = Math.multiplyExact(width, channels);
    float[][] narrowed = new float[image.height()][0];
    byte[] samples = new byte[Math.multiplyExact(stride, height)];
    float[] sum = new float[stride];
    int released = 0;
    for (int y = 0; y < height; y++) {
      Arrays.fill(sum, 0);
      float[] weights = rows.weights[y];
      for (; released < rows.first[y]; released++) {
        narrowed[released] = new float[0]; // release early
      }
      for (int j = 0; j < weights.length; j++) {
        int row = rows.first[y] + j;
        if (narrowed[row].length == 0) {
          narrowed[row] = narrow(image, row, columns, channels);
        }
        for (int i = 0; i < stride; i++) {
          sum[i] += weights[j] * narrowed[row][i];
        }
      }
      for (int i = 0; i < stride; i++) {
        samples[y * stride + i] = (byte) Math.clamp((long) Math.rint(sum[i]), 0, 255);
      }
    }
    return RawImage.owning(width, height, channels, samples);
  }

  private static float[] narrow(RawImage image, int row, AxisWeights columns, int channels) {
    byte[] samples = image.samples();
    int offset = row * image.width() * channels;
    int width = columns.first.length;
    float[] narrowed = new float[width * channels];
    for (int x = 0; x < width; x++) {
      float[] weights = columns.weights[x];
      for (int channel = 0; channel < channels; channel++) {
        int at = offset + columns.first[x] * channels + channel;
        float sum = 0;
        for (int j = 0; j < weights.length; j++) {
          sum += weights[j] * Byte.toUnsignedInt(samples[at + j * channels]);
        }
        narrowed[x * channels + channel] = sum;
      }
    }
    return narrowed;
  }

  /// Resizes planes of numbers.
  ///
  /// @param values `[planes, height, width]`; not modified
  /// @return `[planes, toHeight, toWidth]`, new
  public static float[] resize(
      float[] values,
      int planes,
      int height,
      int width,
      int toHeight,
      int toWidth,
      Interpolation interpolation) {
    if (values.length != Math.multiplyExact(Math.multiplyExact(planes, height), width)) {
      throw new IllegalArgumentException(
          "%d values for %d planes of %d x %d".formatted(values.length, planes, height, width));
    }
    AxisWeights columns = AxisWeights.of(width, toWidth, interpolation);
    AxisWeights rows = AxisWeights.of(height, toHeight, interpolation);
    float[] narrowed = new float[Math.multiplyExact(height, toWidth)];
    float[] resized = new float[Math.multiplyExact(Math.multiplyExact(planes, toHeight), toWidth)];
    for (int plane = 0; plane < planes; plane++) {
      for (int y = 0; y < height; y++) {
        int from = (plane * height + y) * width;
        for (int x = 0; x < toWidth; x++) {
          float[] weights = columns.weights[x];
          float sum = 0;
          for (int j = 0; j < weights.length; j++) {
            sum += weights[j] * values[from + columns.first[x] + j];
          }
          narrowed[y * toWidth + x] = sum;
        }
      }
      for (int y = 0; y < toHeight; y++) {
        int to = (plane * toHeight + y) * toWidth;
        float[] weights = rows.weights[y];
        for (int j = 0; j < weights.length; j++) {
          int from = (rows.first[y] + j) * toWidth;
          for (int x = 0; x < toWidth; x++) {
            resized[to + x] += weights[j] * narrowed[from + x];
          }
        }
      }
    }
    return resized;
  }
}
