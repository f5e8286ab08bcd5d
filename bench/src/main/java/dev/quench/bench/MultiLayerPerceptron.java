// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;

/// BinaryNet's network for MNIST: three hidden dense layers and ten classes, seeded weights.
final class MultiLayerPerceptron {
  private static final int SIZE = 28;
  private static final int HIDDEN = 3;
  private static final int CLASSES = 10;

  private MultiLayerPerceptron() {}

  /// Product, normalization, Relu.
  static Model real(Layers layers, int width) {
    Value x = flat(layers);
    int inputs = SIZE * SIZE;
    for (int i = 0; i < HIDDEN; i++) {
      x = layers.normalization(dense(layers, x, layers.matrix(width, inputs)), width, 1);
      x = layers.node("Relu", x);
      inputs = width;
    }
    return layers.model(dense(layers, x, layers.matrix(CLASSES, inputs)));
  }

  /// Product with weights of ±1, normalization, sign. The first layer reads pixels, the last gives
  /// ten sums.
  static Model binary(Layers layers, int width) {
    Value x = flat(layers);
    int inputs = SIZE * SIZE;
    for (int i = 0; i < HIDDEN; i++) {
      Value sums = dense(layers, x, layers.binaryWeights(width, inputs));
      x = layers.sign(layers.normalization(sums, width, Math.sqrt(inputs)));
      inputs = width;
    }
    Value sums = dense(layers, x, layers.binaryWeights(CLASSES, inputs));
    return layers.model(layers.normalization(sums, CLASSES, Math.sqrt(inputs)));
  }

  private static Value flat(Layers layers) {
    return layers.node(NodeBuilder.of("Flatten").inputs(layers.input(1, SIZE)));
  }

  private static Value dense(Layers layers, Value x, Value weights) {
    return layers.node(NodeBuilder.of("Gemm").inputs(x, weights).attribute("transB", 1));
  }
}
