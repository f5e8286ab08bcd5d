// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.export;

import dev.quench.export.precision.ReducedPrecision;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.dataset.Dataset;
import java.nio.file.Path;

/// What the FP32 part of a model becomes.
///
/// @param kept nodes that stay FP32
/// @param activations how large activations become, so that those beyond the range of FP16 stay
public record LoweringPlan(ReducedPrecision to, NodeSelection kept, Activations activations) {
  /// What is known of the activations.
  public sealed interface Activations {
    /// Nothing.
    record Unknown() implements Activations {}

    /// A `minmax` table, best one of all tensors.
    record InTable(Path file) implements Activations {}

    /// Data to find the largest magnitudes on; the lowered model is checked on them too.
    record On(Dataset data) implements Activations {}
  }

  /// Without ranges of activations.
  public static LoweringPlan of(ReducedPrecision to, NodeSelection kept) {
    return new LoweringPlan(to, kept, new Activations.Unknown());
  }
}
