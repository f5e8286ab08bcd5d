// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.compress.quantize.QuantizedWeights;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.run.Backend;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Chooses for each INT8 weight of a quantized model whether to round up or down, so that the
/// outputs of its layer keep near to what the float weights make of the same inputs; layer by layer
/// in graph order. Scales stay as they are. A layer keeps its weights where nothing better is
/// found.
///
/// Source: Nagel et al., Up or Down? Adaptive Rounding for Post-Training Quantization, ICML 2020;
/// what differs stands in the search itself: errors before the activation, from second moments.
///
/// Cost: for a layer of O channels with K weights each, steps · O · K² multiplications. Set it up
/// in one thread.
public final class AdaptiveRounding {
  private static final int DEFAULT_STEPS = 1000;

  /// What became of one layer.
  ///
  /// @param layer description of the node
  /// @param errorBefore mean over positions of the squared error of the outputs, summed over
  ///   channels, with each weight rounded to nearest
  /// @param errorAfter the same with the weights as they are now; not larger
  public record RoundedLayer(String layer, double errorBefore, double errorAfter) {}

  private final Backend backend;
  private Progress progress = Progress.NONE;
  private int steps = DEFAULT_STEPS;

  private AdaptiveRounding(Backend backend) {
    this.backend = backend;
  }

  public static AdaptiveRounding using(Backend backend) {
    return new AdaptiveRounding(backend);
  }

  /// Hears of each layer.
  public AdaptiveRounding progress(Progress listener) {
    progress = listener;
    return this;
  }

  /// Steps of descent a layer; 1,000 unless set.
  ///
  /// @throws IllegalArgumentException if less than 1
  public AdaptiveRounding steps(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("adaptive rounding needs 1 step or more, got " + count);
    }
    steps = count;
    return this;
  }

  /// @param model float, as it was before [InsertQdq][dev.quench.compress.quantize.InsertQdq]
  /// @param quantized with INT8 initializers as weights; edited in place
  /// @param samples inputs to run, at least one
  /// @return the layers that were searched, in graph order; transposed convolutions, convolutions
  ///   of other than two dimensions and layers with more than 4608 weights a channel are not
  /// @throws IllegalArgumentException if the samples are empty
  /// @throws dev.quench.run.BackendException if the backend fails
  public List<RoundedLayer> round(Model model, Model quantized, List<Map<String, Tensor>> samples) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("adaptive rounding needs at least one sample");
    }
    List<QuantizedWeights> layers = QuantizedWeights.of(quantized, model);
    List<RoundedLayer> rounded = new ArrayList<>();
    progress.begin("adaptive rounding", layers.size());
    try {
      for (QuantizedWeights layer : layers) {
        Optional<InputMoments> moments = InputMoments.of(layer.node(), layer.weights().shape());
        if (moments.isPresent()) {
          measure(quantized, layer.node(), samples, moments.get());
          rounded.add(round(layer, moments.get()));
        }
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    return rounded;
  }

  private void measure(
      Model quantized, Node node, List<Map<String, Tensor>> samples, InputMoments moments) {
    String input = node.input(0).name();
    try (Session session =
        backend.open(quantized, SessionOptions.DEFAULT.withTaps(Set.of(input)))) {
      for (Map<String, Tensor> sample : samples) {
        session.observe(sample, (_, activation) -> moments.add(activation));
      }
    }
  }

  private RoundedLayer round(QuantizedWeights layer, InputMoments moments) {
    Shape shape = layer.weights().shape();
    int k = moments.weightsPerChannel();
    int channels = Math.toIntExact(shape.elements() / k);
    boolean channelsLast = layer.axis().orElse(0) == 1;
    float[] weights = channelsFirst(layer.weights().toFloats(), channels, k, channelsLast);
    float[] int8 = channelsFirst(layer.quantized().toFloats(), channels, k, channelsLast);
    float[] scales = new float[channels];
    for (int c = 0; c < channels; c++) {
      scales[c] = (float) layer.scales().doubleAt(layer.axis().isPresent() ? c : 0);
    }
    byte[] chosen = new byte[weights.length];
    double before = 0;
    double after = 0;
    int perGroup = channels / moments.groups();
    for (int g = 0; g < moments.groups(); g++) {
      int from = g * perGroup;
      RoundingProblem problem =
          new RoundingProblem(
              Arrays.copyOfRange(weights, from * k, (from + perGroup) * k),
              Arrays.copyOfRange(scales, from, from + perGroup),
              moments.mean(g));
      byte[] nearest = new byte[perGroup * k];
      for (int i = 0; i < nearest.length; i++) {
        nearest[i] = (byte) int8[from * k + i];
      }
      byte[] solved = problem.solve(nearest, steps);
      System.arraycopy(solved, 0, chosen, from * k, solved.length);
      before += problem.error(nearest);
      after += problem.error(solved);
    }
    layer.replace(Tensor.ofInt8(shape, original(chosen, channels, k, channelsLast)));
    return new RoundedLayer(layer.node().describe(), before, after);
  }

  private static float[] channelsFirst(float[] values, int channels, int k, boolean channelsLast) {
    if (!channelsLast) {
      return values;
    }
    float[] transposed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      transposed[i % channels * k + i / channels] = values[i];
    }
    return transposed;
  }

  private static byte[] original(byte[] values, int channels, int k, boolean channelsLast) {
    if (!channelsLast) {
      return values;
    }
    byte[] transposed = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      transposed[i] = values[i % channels * k + i / channels];
    }
    return transposed;
  }
}
