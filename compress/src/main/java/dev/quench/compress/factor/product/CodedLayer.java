// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;

/// The weights of one layer as a matrix of rows and outputs, and its pieces, words and codes while
/// they are fitted. Row `c · taps + t` belongs to input channel c at place t of the kernel.
final class CodedLayer {
  private static final double STEPS = 127;

  private final Node node;
  private final Tensor weights;
  private final WeightLayout layout;
  private final int taps;
  private final int length;
  final double[][][] words;
  final int[][] codes;
  private float scale = 1;

  /// @param length of pieces; divides the input channels
  /// @param count of words of each piece
  CodedLayer(Node node, WeightLayout layout, int length, int count) {
    this.node = node;
    this.weights = node.input(1).constant().orElseThrow();
    this.layout = layout;
    this.length = length;
    this.taps = Math.toIntExact(layout.weightsPerChannel() / layout.inputChannels());
    int pieces = channels() / length;
    this.words = new double[pieces][count][length];
    this.codes = new int[pieces][outputs() * taps];
  }

  Node node() {
    return node;
  }

  int outputs() {
    return Math.toIntExact(layout.outputChannels());
  }

  int channels() {
    return Math.toIntExact(layout.inputChannels());
  }

  int rows() {
    return channels() * taps;
  }

  int taps() {
    return taps;
  }

  int pieces() {
    return words.length;
  }

  int length() {
    return length;
  }

  int row(int piece, int tap, int element) {
    return (piece * length + element) * taps + tap;
  }

  /// The layer's own weights, `[outputs, rows]`.
  double[][] original() {
    double[][] matrix = new double[outputs()][rows()];
    for (long i = 0; i < weights.elements(); i++) {
      matrix[layout.outputChannel(i)][row(i)] = weights.doubleAt(i);
    }
    return matrix;
  }

  /// What words and codes make, `[outputs, rows]`.
  double[][] coded() {
    double[][] matrix = new double[outputs()][rows()];
    for (int m = 0; m < pieces(); m++) {
      for (int i = 0; i < codes[m].length; i++) {
        for (int j = 0; j < length; j++) {
          matrix[i / taps][row(m, i % taps, j)] = words[m][codes[m][i]][j];
        }
      }
    }
    return matrix;
  }

  /// Words and codes by k-means of the weights alone, each piece by itself.
  void cluster(long seed) {
    double[][] matrix = original();
    for (int m = 0; m < pieces(); m++) {
      double[][] points = new double[codes[m].length][length];
      for (int i = 0; i < points.length; i++) {
        for (int j = 0; j < length; j++) {
          points[i][j] = matrix[i / taps][row(m, i % taps, j)];
        }
      }
      Clustering found = new Clustering(points, words[m].length, seed + m);
      words[m] = found.words();
      codes[m] = found.nearest();
    }
  }

  /// Rounds all words to whole multiples of one scale, −127 to 127, half to even.
  void round() {
    double largest = 0;
    for (double[][] piece : words) {
      for (double[] word : piece) {
        for (double each : word) {
          largest = Math.max(largest, Math.abs(each));
        }
      }
    }
    scale = largest == 0 ? 1 : (float) (largest / STEPS);
    for (double[][] piece : words) {
      for (double[] word : piece) {
        for (int j = 0; j < word.length; j++) {
          word[j] = scale * Math.clamp(Math.rint(word[j] / scale), -STEPS, STEPS);
        }
      }
    }
  }

  /// Words, which are rounded, and codes as they are stored.
  CodebookWeights stored() {
    int count = words[0].length;
    byte[] bytes = new byte[codes[0].length * pieces()];
    byte[] book = new byte[pieces() * count * length];
    for (int m = 0; m < pieces(); m++) {
      for (int i = 0; i < codes[m].length; i++) {
        bytes[i * pieces() + m] = (byte) codes[m][i];
      }
      for (int k = 0; k < count; k++) {
        for (int j = 0; j < length; j++) {
          book[(m * count + k) * length + j] = (byte) Math.rint(words[m][k][j] / scale);
        }
      }
    }
    return new CodebookWeights(outputs(), taps, pieces(), count, length, bytes, book, scale);
  }

  /// The stored weights in the order of the layer.
  Tensor dense(CodebookWeights stored) {
    float[] elements = new float[Math.toIntExact(weights.elements())];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = stored.at(layout.outputChannel(i), layout.inputChannel(i), i % taps);
    }
    return Tensor.ofFloats(weights.shape(), elements);
  }

  /// Spatial sizes of the kernel; none for products.
  long[] kernel() {
    Shape shape = weights.shape();
    long[] kernel = new long[node.is("Conv") ? shape.rank() - 2 : 0];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = shape.size(i + 2);
    }
    return kernel;
  }

  private int row(long index) {
    return layout.inputChannel(index) * taps + (int) (index % taps);
  }
}
