// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/// Quantizes copies of one model in different ways and holds them against the float model.
final class SensitivityTrial {
  /// @param drop of the score, where the goal is a score
  record Outcome(OutputFidelity fidelity, OptionalDouble drop, boolean reached) {}

  private final Backend backend;
  private final Model model;
  private final QuantizationRanges ranges;
  private final List<Map<String, Tensor>> samples;
  private final AccuracyGoal goal;
  private final QuantizationScheme scheme;
  private final List<Map<String, Tensor>> expected;
  private final double floatScore;

  SensitivityTrial(
      Backend backend,
      Model model,
      QuantizationRanges ranges,
      List<Map<String, Tensor>> samples,
      AccuracyGoal goal,
      QuantizationScheme scheme) {
    this.scheme = scheme;
    this.backend = backend;
    this.model = model;
    this.ranges = ranges;
    this.samples = samples;
    this.goal = goal;
    this.expected = run(model);
    this.floatScore =
        switch (goal) {
          case AccuracyGoal.MinCosine _ -> 0;
          case AccuracyGoal.MaxDrop(ModelScore score, double _) -> score.of(model);
        };
  }

  /// With only this tensor quantized.
  Outcome alone(String tensor) {
    return judge(copy -> scheme.quantizeAlone(copy, ranges, tensor));
  }

  Outcome without(Collection<String> leftFloat) {
    return judge(copy -> scheme.quantize(copy, ranges, leftFloat));
  }

  private Outcome judge(Consumer<Model> quantization) {
    Model quantized = model.copy();
    quantization.accept(quantized);
    OutputFidelity fidelity = OutputFidelity.of(expected, run(quantized));
    return switch (goal) {
      case AccuracyGoal.MinCosine(double least) ->
          new Outcome(fidelity, OptionalDouble.empty(), fidelity.cosine() >= least);
      case AccuracyGoal.MaxDrop(ModelScore score, double most) -> {
        double drop = floatScore - score.of(quantized);
        yield new Outcome(fidelity, OptionalDouble.of(drop), drop <= most);
      }
    };
  }

  private List<Map<String, Tensor>> run(Model candidate) {
    try (Session session = backend.open(candidate, SessionOptions.DEFAULT)) {
      return samples.stream().map(session::run).toList();
    }
  }
}
