// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.update;

import dev.quench.compress.train.program.FrozenParameters;
import dev.quench.graph.pattern.NodeSelection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Which parameters training changes, and how fast.
///
/// @param frozen what stays as it is
/// @param learningRates factors on the update of layers, by pattern of a [NodeSelection]; of
///   several patterns that match, the last one counts
/// @param zerosKept whether pruned weights stay 0: weights and scales that are 0 at the start, and
///   zero biases and shifts of channels whose weights or scale are all 0. Latent weights of binary
///   layers are not affected
public record ParameterRules(
    FrozenParameters frozen, Map<String, Double> learningRates, boolean zerosKept) {
  /// Everything changes, at the same rate.
  public static final ParameterRules NONE =
      new ParameterRules(FrozenParameters.NONE, Map.of(), false);

  public ParameterRules {
    learningRates = Collections.unmodifiableMap(new LinkedHashMap<>(learningRates));
    learningRates.forEach((pattern, factor) -> {
      if (!(factor > 0) || factor == Double.POSITIVE_INFINITY) {
        throw new IllegalArgumentException(
            "the factor on the learning rate of '%s' must be above 0 and finite, got %s; to leave a layer as it is, freeze it"
                .formatted(pattern, factor));
      }
    });
  }

  public ParameterRules withFrozen(FrozenParameters chosen) {
    return new ParameterRules(chosen, learningRates, zerosKept);
  }

  /// Freezes the parameters and statistics of some nodes.
  public ParameterRules withFrozen(NodeSelection layers) {
    return withFrozen(new FrozenParameters(layers, frozen.statistics()));
  }

  public ParameterRules withLearningRates(Map<String, Double> factors) {
    return new ParameterRules(frozen, factors, zerosKept);
  }

  public ParameterRules withZerosKept(boolean kept) {
    return new ParameterRules(frozen, learningRates, kept);
  }
}
