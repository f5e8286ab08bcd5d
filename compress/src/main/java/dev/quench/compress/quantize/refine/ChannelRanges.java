// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How far each channel of an activation reaches.
@FunctionalInterface
public interface ChannelRanges {
  /// @return `[channels]`, the largest magnitude on each index of axis 1, finite; empty for a
  ///   tensor that was not measured
  Optional<double[]> largest(String tensorName);

  /// Runs the model and notes the largest magnitude of each channel.
  ///
  /// @param tensors names of activations of rank 2 or more, channels along axis 1
  /// @param samples inputs to run, at least one
  /// @throws dev.quench.run.BackendException if the backend fails
  /// @throws IllegalArgumentException if an activation holds NaN or infinity
  static ChannelRanges measure(
      Backend backend, Model model, Set<String> tensors, List<Map<String, Tensor>> samples) {
    Map<String, double[]> found = new LinkedHashMap<>();
    try (Session session = backend.open(model, SessionOptions.DEFAULT.withTaps(tensors))) {
      for (Map<String, Tensor> sample : samples) {
        session.observe(
            sample,
            (name, activation) ->
                found.merge(name, largest(name, activation), ChannelRanges::larger));
      }
    }
    return name -> Optional.ofNullable(found.get(name)).map(double[]::clone);
  }

  private static double[] largest(String name, Tensor activation) {
    int channels = Math.toIntExact(activation.shape().size(1));
    double[] largest = new double[channels];
    float[] values = activation.toFloats();
    int inner =
        channels == 0 ? 0 : values.length / Math.toIntExact(activation.shape().size(0)) / channels;
    for (int i = 0; i < values.length; i++) {
      double magnitude = Math.abs(values[i]);
      if (!Double.isFinite(magnitude)) {
        throw new IllegalArgumentException(
            "activation '%s' holds %s; expected finite values".formatted(name, values[i]));
      }
      int channel = i / inner % channels;
      largest[channel] = Math.max(largest[channel], magnitude);
    }
    return largest;
  }

  private static double[] larger(double[] one, double[] other) {
    double[] larger = one.clone();
    for (int c = 0; c < larger.length; c++) {
      larger[c] = Math.max(larger[c], other[c]);
    }
    return larger;
  }
}
