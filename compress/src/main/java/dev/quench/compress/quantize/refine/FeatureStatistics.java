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

/// What the features of activations, along the last axis, reach and how strong they are.
public final class FeatureStatistics {
  /// One activation.
  ///
  /// @param largest magnitude of each feature
  /// @param meanSquare of each feature, over all positions of all samples
  @SuppressWarnings("ArrayRecordComponent") // stays inside the package, never compared
  record Features(double[] largest, double[] meanSquare) {}

  private static final class Sums {
    private final double[] largest;
    private final double[] squares;
    private long positions;

    Sums(int features) {
      this.largest = new double[features];
      this.squares = new double[features];
    }

    void add(String name, float[] values) {
      for (int i = 0; i < values.length; i++) {
        double magnitude = Math.abs(values[i]);
        if (!Double.isFinite(magnitude)) {
          throw new IllegalArgumentException(
              "activation '%s' holds %s; expected finite values".formatted(name, values[i]));
        }
        int feature = i % largest.length;
        largest[feature] = Math.max(largest[feature], magnitude);
        squares[feature] += magnitude * magnitude;
      }
      positions += values.length / largest.length;
    }

    Features features() {
      double[] means = squares.clone();
      for (int i = 0; i < means.length; i++) {
        means[i] /= Math.max(1, positions);
      }
      return new Features(largest.clone(), means);
    }
  }

  private final Map<String, Features> byTensor;

  private FeatureStatistics(Map<String, Features> byTensor) {
    this.byTensor = byTensor;
  }

  /// Runs the model and notes what its activations reach.
  ///
  /// @param tensors names of activations whose last axis is of one size in all samples
  /// @param samples inputs to run, at least one
  /// @throws dev.quench.run.BackendException if the backend fails
  /// @throws IllegalArgumentException if an activation holds NaN or infinity, or the samples are
  ///   empty
  public static FeatureStatistics measure(
      Backend backend, Model model, Set<String> tensors, List<Map<String, Tensor>> samples) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("statistics of activations need at least one sample");
    }
    Map<String, Sums> sums = new LinkedHashMap<>();
    try (Session session = backend.open(model, SessionOptions.DEFAULT.withTaps(tensors))) {
      for (Map<String, Tensor> sample : samples) {
        session.observe(
            sample,
            (name, activation) -> {
              if (activation.elements() > 0) {
                int rank = activation.shape().rank();
                int features = Math.toIntExact(activation.shape().size(rank - 1));
                sums.computeIfAbsent(name, _ -> new Sums(features))
                    .add(name, activation.toFloats());
              }
            });
      }
    }
    Map<String, Features> found = new LinkedHashMap<>();
    sums.forEach((name, each) -> found.put(name, each.features()));
    return new FeatureStatistics(found);
  }

  Optional<Features> of(String tensor) {
    return Optional.ofNullable(byTensor.get(tensor));
  }
}
