// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.Patch;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/// What a layer is multiplied by, at a few places of each sample: in the original, and in the model
/// whose layers before are coded already.
final class LayerInputs {
  /// Places of each sample; He et al. (ICCV 2017) take ten.
  private static final int PLACES = 10;

  /// Rows of one batch, `[places, rows]` one behind the other.
  interface Receiver {
    void receive(double[] coded, double[] original);
  }

  private final Backend backend;
  private final List<Map<String, Tensor>> samples;

  LayerInputs(Backend backend, List<Map<String, Tensor>> samples) {
    this.backend = backend;
    this.samples = samples;
  }

  boolean isEmpty() {
    return samples.isEmpty();
  }

  /// Runs both models on all samples.
  void read(Model original, Model coded, CodedLayer layer, Receiver receiver) {
    String input = layer.node().input(0).name();
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of(input));
    try (Session first = backend.open(original, options);
        Session second = backend.open(coded, options)) {
      long sample = 0;
      for (Map<String, Tensor> each : samples) {
        Tensor whole = tapped(first, each);
        Tensor changed = tapped(second, each);
        receiver.receive(rows(layer, changed, sample), rows(layer, whole, sample));
        sample += whole.shape().size(0);
      }
    }
  }

  private static Tensor tapped(Session session, Map<String, Tensor> inputs) {
    List<Tensor> found = new ArrayList<>();
    // What a tap is given holds during the call alone.
    session.observe(
        inputs,
        (name, activation) ->
            found.add(Tensor.ofFloats(activation.shape(), activation.toFloats())));
    return found.getFirst();
  }

  private static double[] rows(CodedLayer layer, Tensor input, long sample) {
    Node node = layer.node();
    int length = layer.rows();
    int samples = Math.toIntExact(input.shape().size(0));
    float[] values = input.toFloats();
    int each = values.length / samples;
    if (!node.is("Conv")) {
      return pick(
          samples,
          each / length,
          sample,
          (from, place, rows, to) ->
              System.arraycopy(values, from + place * length, rows, to, length),
          each,
          length);
    }
    Shape shape = input.shape();
    SlidingWindow window = SlidingWindow.of(node, layer.kernel());
    int height = (int) window.axis(0).outputs(shape.size(2));
    int width = (int) window.axis(1).outputs(shape.size(3));
    Patch patch =
        new Patch(
            window,
            Math.toIntExact(shape.size(1)),
            Math.toIntExact(shape.size(2)),
            Math.toIntExact(shape.size(3)));
    return pick(
        samples,
        height * width,
        sample,
        (from, place, rows, to) -> patch.copy(values, from, place / width, place % width, rows, to),
        each,
        length);
  }

  private interface Copy {
    void at(int from, int place, float[] rows, int to);
  }

  /// The places of a sample follow from its number alone, so that both models are read at the same.
  private static double[] pick(
      int samples, int places, long sample, Copy copy, int each, int length) {
    int taken = Math.min(places, PLACES);
    float[] rows = new float[samples * taken * length];
    for (int s = 0; s < samples; s++) {
      SplittableRandom random = new SplittableRandom(sample + s);
      for (int p = 0; p < taken; p++) {
        int place = taken == places ? p : random.nextInt(places);
        copy.at(s * each, place, rows, (s * taken + p) * length);
      }
    }
    double[] widened = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      widened[i] = rows[i];
    }
    return widened;
  }
}
