// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.graph.pattern.Patch;
import dev.quench.graph.pattern.SlidingWindow;
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
    float[] rows = consumer.node().is("Conv") ? patches(input) : vectors(input);
    double[] widened = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      widened[i] = rows[i];
    }
    return widened;
  }

  private float[] vectors(Tensor input) {
    int length = consumer.rows();
    int samples = Math.toIntExact(input.shape().size(0));
    int each = Math.toIntExact(input.elements() / samples / length);
    int places = Math.min(each, PLACES);
    float[] values = input.toFloats();
    float[] rows = new float[samples * places * length];
    for (int s = 0; s < samples; s++) {
      SplittableRandom random = new SplittableRandom(sample++);
      for (int p = 0; p < places; p++) {
        int from = (s * each + (places == each ? p : random.nextInt(each))) * length;
        int to = (s * places + p) * length;
        System.arraycopy(values, from, rows, to, length);
      }
    }
    return rows;
  }

  private float[] patches(Tensor input) {
    Shape shape = input.shape();
    Shape kernel = consumer.weights().shape();
    SlidingWindow window = SlidingWindow.of(consumer.node(), kernel.size(2), kernel.size(3));
    int height = (int) window.axis(0).outputs(shape.size(2));
    int width = (int) window.axis(1).outputs(shape.size(3));
    Patch patch =
        new Patch(
            window,
            Math.toIntExact(shape.size(1)),
            Math.toIntExact(shape.size(2)),
            Math.toIntExact(shape.size(3)));
    float[] values = input.toFloats();
    int samples = Math.toIntExact(shape.size(0));
    int places = Math.min(height * width, PLACES);
    float[] rows = new float[samples * places * patch.size()];
    for (int s = 0; s < samples; s++) {
      SplittableRandom random = new SplittableRandom(sample++);
      int from = s * (values.length / samples);
      for (int p = 0; p < places; p++) {
        int place = places == height * width ? p : random.nextInt(height * width);
        int to = (s * places + p) * patch.size();
        patch.copy(values, from, place / width, place % width, rows, to);
      }
    }
    return rows;
  }
}
