// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// A network of dense layers with ReLU between them, trained by Adam. In single precision, on the
/// calling thread, the same bits on every machine. Mutable.
///
/// Small and plain on purpose: actor and critic of a search of minutes.
final class Perceptron {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final float EPSILON = 1e-8f;

  /// Weights `[inputs, outputs]` with the biases as the last row, and what Adam keeps of them.
  private static final class Layer {
    final int inputs;
    final int outputs;
    final float[] weights;
    final float[] gradients;
    final float[] first;
    final float[] second;

    Layer(int inputs, int outputs) {
      this.inputs = inputs;
      this.outputs = outputs;
      this.weights = new float[(inputs + 1) * outputs];
      this.gradients = new float[weights.length];
      this.first = new float[weights.length];
      this.second = new float[weights.length];
    }

    /// Adds x · W + b of each row to `sums`.
    void forward(float[] rows, float[] sums, int count) {
      for (int row = 0; row < count; row++) {
        int to = row * outputs;
        System.arraycopy(weights, inputs * outputs, sums, to, outputs);
        for (int i = 0; i < inputs; i++) {
          float x = rows[row * inputs + i];
          if (x != 0) {
            int from = i * outputs;
            for (int o = 0; o < outputs; o++) {
              sums[to + o] += x * weights[from + o];
            }
          }
        }
      }
    }

    /// Adds to the gradients; returns the gradient of the rows.
    float[] backward(float[] rows, float[] upper, int count) {
      float[] lower = new float[count * inputs];
      for (int row = 0; row < count; row++) {
        int up = row * outputs;
        for (int i = 0; i < inputs; i++) {
          float x = rows[row * inputs + i];
          int from = i * outputs;
          float sum = 0;
          for (int o = 0; o < outputs; o++) {
            sum += upper[up + o] * weights[from + o];
          }
          lower[row * inputs + i] = sum;
          if (x != 0) {
            for (int o = 0; o < outputs; o++) {
              gradients[from + o] += x * upper[up + o];
            }
          }
        }
        for (int o = 0; o < outputs; o++) {
          gradients[inputs * outputs + o] += upper[up + o];
        }
      }
      return lower;
    }
  }

  private final List<Layer> layers = new ArrayList<>();
  private final List<float[]> read = new ArrayList<>();
  private int steps;

  /// Weights and biases uniform in ±1/√inputs of their layer.
  ///
  /// @param sizes of the input, the hidden layers and the output
  Perceptron(SplittableRandom random, int... sizes) {
    for (int i = 0; i + 1 < sizes.length; i++) {
      Layer layer = new Layer(sizes[i], sizes[i + 1]);
      double bound = 1 / Math.sqrt(sizes[i]);
      for (int j = 0; j < layer.weights.length; j++) {
        layer.weights[j] = (float) random.nextDouble(-bound, bound);
      }
      layers.add(layer);
    }
  }

  /// @param rows `[count, inputs]`, not modified; kept for [#backward]
  /// @return `[count, outputs]`
  float[] forward(float[] rows, int count) {
    read.clear();
    float[] values = rows;
    for (int i = 0; i < layers.size(); i++) {
      if (i > 0) {
        for (int j = 0; j < values.length; j++) {
          values[j] = Math.max(0, values[j]);
        }
      }
      read.add(values);
      float[] sums = new float[count * layers.get(i).outputs];
      layers.get(i).forward(values, sums, count);
      values = sums;
    }
    return values;
  }

  /// Adds the gradients of the last [#forward] to those of the weights.
  ///
  /// @param upper gradient of what it returned
  /// @return gradient of its rows
  float[] backward(float[] upper, int count) {
    float[] gradient = upper;
    for (int i = layers.size() - 1; i >= 0; i--) {
      float[] rows = read.get(i);
      gradient = layers.get(i).backward(rows, gradient, count);
      if (i > 0) {
        for (int j = 0; j < gradient.length; j++) {
          gradient[j] = rows[j] > 0 ? gradient[j] : 0;
        }
      }
    }
    return gradient;
  }

  void clearGradients() {
    layers.forEach(layer -> Arrays.fill(layer.gradients, 0));
  }

  /// One step of Adam.
  void step(double rate) {
    steps++;
    float size =
        (float) (rate * Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(BETA1, steps)));
    for (Layer layer : layers) {
      for (int i = 0; i < layer.weights.length; i++) {
        float gradient = layer.gradients[i];
        layer.first[i] = BETA1 * layer.first[i] + (1 - BETA1) * gradient;
        layer.second[i] = BETA2 * layer.second[i] + (1 - BETA2) * gradient * gradient;
        layer.weights[i] -= size * layer.first[i] / ((float) Math.sqrt(layer.second[i]) + EPSILON);
      }
    }
  }

  /// Moves the weights towards those of a network of the same sizes: θ ← θ + τ(θ' − θ).
  void follow(Perceptron other, float share) {
    for (int i = 0; i < layers.size(); i++) {
      float[] own = layers.get(i).weights;
      float[] theirs = other.layers.get(i).weights;
      for (int j = 0; j < own.length; j++) {
        own[j] += share * (theirs[j] - own[j]);
      }
    }
  }
}
