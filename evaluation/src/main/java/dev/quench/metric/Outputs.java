// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric;

import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// Finds the output that a metric evaluates.
public final class Outputs {
  private Outputs() {}

  /// @param metric for messages
  /// @param name the first output if empty
  public static Tensor choose(String metric, Optional<String> name, Map<String, Tensor> outputs) {
    if (name.isEmpty() && !outputs.isEmpty()) {
      return outputs.values().iterator().next();
    }
    Tensor chosen = name.map(outputs::get).orElse(null);
    if (chosen == null) {
      throw new IllegalArgumentException(
          "%s: the model has no output '%s'; it returns %s"
              .formatted(metric, name.orElse(""), outputs.keySet()));
    }
    return chosen;
  }

  /// Checks that axis 0 has one entry per sample.
  ///
  /// @param expected the shape that the metric expects, for messages
  public static void checkSamples(
      String metric, Tensor output, int samples, int rank, String expected) {
    if (output.shape().rank() != rank || output.shape().size(0) != samples) {
      throw new IllegalArgumentException(
          "%s expects an output %s for %d samples, got %s %s; choose a metric that fits"
              .formatted(metric, expected, samples, output.dataType(), output.shape()));
    }
  }
}
