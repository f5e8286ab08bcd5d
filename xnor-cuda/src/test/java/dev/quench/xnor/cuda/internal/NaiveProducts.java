// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.ConvolutionShape;
import dev.quench.xnor.cuda.PackedBits;
import dev.quench.xnor.cuda.Thresholds;
import java.util.SplittableRandom;

/// Products one value at a time, and inputs for them.
public final class NaiveProducts {
  private NaiveProducts() {}

  /// Values around zero, exact zeros of both signs and extremes among them.
  public static float[] values(SplittableRandom random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] =
          switch (random.nextInt(12)) {
            case 0 -> 0f;
            case 1 -> -0f;
            case 2 -> Float.NEGATIVE_INFINITY;
            case 3 -> -Float.MIN_VALUE;
            default -> random.nextFloat() - 0.5f;
          };
    }
    return values;
  }

  public static PackedBits bits(SplittableRandom random, int rows, int columns) {
    return PackedBits.of(values(random, rows * columns), rows, columns);
  }

  public static Thresholds thresholds(SplittableRandom random, int columns) {
    int[] bounds = new int[columns];
    boolean[] flipped = new boolean[columns];
    for (int column = 0; column < columns; column++) {
      bounds[column] = random.nextInt(-8, 9);
      flipped[column] = random.nextBoolean();
    }
    return new Thresholds(bounds, flipped);
  }

  private static int value(PackedBits bits, int row, int column) {
    return bits.isNegative(row, column) ? -1 : 1;
  }

  public static int[] gemm(PackedBits left, PackedBits weights) {
    int[] sums = new int[left.rows() * weights.rows()];
    for (int row = 0; row < left.rows(); row++) {
      for (int column = 0; column < weights.rows(); column++) {
        for (int k = 0; k < left.columns(); k++) {
          sums[row * weights.rows() + column] += value(left, row, k) * value(weights, column, k);
        }
      }
    }
    return sums;
  }

  public static int[] convolution(ConvolutionShape shape, PackedBits input, PackedBits weights) {
    int[] sums = new int[shape.outPixels() * shape.outChannels()];
    for (int pixel = 0; pixel < shape.outPixels(); pixel++) {
      int image = pixel / (shape.outHeight() * shape.outWidth());
      int y = pixel / shape.outWidth() % shape.outHeight();
      int x = pixel % shape.outWidth();
      for (int channel = 0; channel < shape.outChannels(); channel++) {
        for (int tap = 0; tap < shape.taps(); tap++) {
          int row =
              y * shape.stride() - shape.padding() + tap / shape.kernelWidth() * shape.dilation();
          int column =
              x * shape.stride() - shape.padding() + tap % shape.kernelWidth() * shape.dilation();
          if (row < 0 || row >= shape.height() || column < 0 || column >= shape.width()) {
            continue;
          }
          int from = (image * shape.height() + row) * shape.width() + column;
          for (int c = 0; c < shape.inChannels(); c++) {
            sums[pixel * shape.outChannels() + channel] +=
                value(input, from, c) * value(weights, channel * shape.taps() + tap, c);
          }
        }
      }
    }
    return sums;
  }

  public static PackedBits signs(int[] sums, int rows, Thresholds thresholds) {
    float[] signs = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      signs[i] = thresholds.isNegative(i % thresholds.columns(), sums[i]) ? -1 : 1;
    }
    return PackedBits.of(signs, rows, thresholds.columns());
  }
}
