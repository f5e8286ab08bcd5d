// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.quantize;

import dev.quench.compress.quantize.refine.FeatureStatistics;
import dev.quench.compress.quantize.refine.SmoothActivations;
import dev.quench.compress.quantize.refine.SmoothActivations.Smoothed;
import dev.quench.graph.Model;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.Backends;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/// Runs [SmoothActivations] on samples and says what became of each activation.
public final class ActivationSmoothing {
  private ActivationSmoothing() {}

  /// Edits `model` in place; ranges are those of the model afterwards.
  ///
  /// @param samples inputs of the model
  /// @param alpha 0 to 1; empty to search it for each activation
  /// @return whether anything was changed
  public static boolean apply(
      Model model,
      List<Map<String, Tensor>> samples,
      OptionalDouble alpha,
      RecipeListener listener) {
    Set<String> tensors = SmoothActivations.tensors(model);
    if (tensors.isEmpty()) {
      listener.result(
          "no activations to smooth: no LayerNormalization or factors before a product");
      return false;
    }
    FeatureStatistics measured =
        FeatureStatistics.measure(Backends.named("onnxruntime"), model, tensors, samples);
    boolean changed = false;
    for (Smoothed each : SmoothActivations.apply(model, measured, alpha)) {
      String products = String.join(", ", each.products());
      if (each.alpha().isPresent()) {
        changed = true;
        listener.result(
            "smoothed '%s' of %s: alpha %.2f, expected rounding noise %+.1f dB"
                .formatted(
                    each.activation(), products, each.alpha().getAsDouble(), each.noiseDecibels()));
      } else {
        listener.result(
            "left '%s' of %s: smoothing gains nothing".formatted(each.activation(), products));
      }
    }
    return changed;
  }
}
