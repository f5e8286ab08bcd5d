// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.SplittableRandom;

/// What a layer's matrix is multiplied by, at a few places of each sample.
///
/// The places of a sample follow from its number alone, so they do not depend on how samples are
/// batched.
final class InputRows {
  /// Places of each sample; He et al. take ten.
  private static final int PLACES = 10;

  private final Consumer consumer;
  private long sample;

  InputRows(Consumer consumer) {
    this.consumer = consumer;
  }

  /// Rows of [Consumer#rows] values, one behind the other.
  ///
  /// @param input samples along the first axis
  double[] next(Tensor input) {
    return consumer.node().is("Conv") ? patches(input) : vectors(input);
  }

  private double[] vectors(Tensor input) {
    int length = consumer.rows();
    int samples = Math.toIntExact(input.shape().size(0));
    int each = Math.toIntExact(input.elements() / samples / length);
    int places = Math.min(each, PLACES);
    double[] rows = new double[samples * places * length];
    for (int s = 0; s < samples; s++) {
      SplittableRandom random = new SplittableRandom(sample++);
      for (int p = 0; p < places; p++) {
        int from = (s * each + (places == each ? p : random.nextInt(each))) * length;
        int to = (s * places + p) * length;
        for (int i = 0; i < length; i++) {
          rows[to + i] = input.doubleAt(from + i);
        }
      }
    }
    return rows;
  }

  private double[] patches(Tensor input) {
    Shape shape = input.shape();
    Shape kernel = consumer.weights().shape();
    SlidingWindow window = SlidingWindow.of(consumer.node(), kernel.size(2), kernel.size(3));
    WindowAxis vertical = window.axis(0);
    WindowAxis horizontal = window.axis(1);
    int height = (int) vertical.outputs(shape.size(2));
    int width = (int) horizontal.outputs(shape.size(3));
    int samples = Math.toIntExact(shape.size(0));
    int places = Math.min(height * width, PLACES);
    double[] rows = new double[samples * places * consumer.rows()];
    int to = 0;
    for (int s = 0; s < samples; s++) {
      SplittableRandom random = new SplittableRandom(sample++);
      for (int p = 0; p < places; p++) {
        int place = places == height * width ? p : random.nextInt(height * width);
        for (int c = 0; c < shape.size(1); c++) {
          for (int y = 0; y < vertical.kernel(); y++) {
            for (int x = 0; x < horizontal.kernel(); x++, to++) {
              long h = vertical.source(shape.size(2), place / width, y);
              long w = horizontal.source(shape.size(3), place % width, x);
              if (h >= 0 && h < shape.size(2) && w >= 0 && w < shape.size(3)) {
                rows[to] =
                    input.doubleAt(
                        ((s * shape.size(1) + c) * shape.size(2) + h) * shape.size(3) + w);
              }
            }
          }
        }
      }
    }
    return rows;
  }
}
