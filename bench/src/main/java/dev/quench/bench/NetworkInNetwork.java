// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.graph.Model;
import dev.quench.graph.Value;

/// NIN with a 3×3 fourth convolution for images of 28×28 pixels and one channel, seeded weights.
final class NetworkInNetwork {
  private static final int SIZE = 28;
  private static final int[] WIDTHS = {192, 160, 96, 192, 192, 192, 192, 192, 10};
  private static final int[] KERNELS = {5, 1, 1, 3, 1, 1, 3, 1, 1};

  private NetworkInNetwork() {}

  /// Convolution, normalization, Relu.
  static Model real(Layers layers) {
    Value x = layers.input(1, SIZE);
    int channels = 1;
    for (int i = 0; i < WIDTHS.length; i++) {
      int width = WIDTHS[i];
      int kernel = KERNELS[i];
      x = layers.convolution(x, layers.weights(width, channels, kernel, kernel), kernel / 2);
      channels = width;
      x = i == 2 || i == 5 ? layers.pooling(x) : x;
      if (i < WIDTHS.length - 1) {
        x = layers.node("Relu", layers.normalization(x, channels, 1));
      }
    }
    return layers.model(layers.node("GlobalAveragePool", x));
  }

  /// Sign, convolution, maybe pooling, normalization; the first and the last convolution real.
  static Model binary(Layers layers) {
    Value x = layers.input(1, SIZE);
    int channels = 1;
    int last = WIDTHS.length - 1;
    for (int i = 0; i <= last; i++) {
      int width = WIDTHS[i];
      int kernel = KERNELS[i];
      boolean binary = i > 0 && i < last;
      Value weights =
          binary
              ? layers.binaryWeights(width, channels, kernel, kernel)
              : layers.weights(width, channels, kernel, kernel);
      Value input = binary ? layers.sign(x) : x;
      if (i == last) {
        input = layers.node("Clip", x, layers.scalar(-1), layers.scalar(1));
      }
      x = layers.convolution(input, weights, kernel / 2);
      double spread = binary ? Math.sqrt((double) channels * kernel * kernel) : 1;
      channels = width;
      x = i == 2 || i == 5 ? layers.pooling(x) : x;
      x = i < last ? layers.normalization(x, channels, spread) : x;
    }
    return layers.model(layers.node("GlobalAveragePool", x));
  }
}
