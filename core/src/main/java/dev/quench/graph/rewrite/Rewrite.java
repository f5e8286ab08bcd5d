// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import dev.quench.graph.Model;

/// Changes the form of a model and leaves what it computes the same, up to the rounding that its
/// documentation states. What changes the computation is a [Transformation].
///
/// Idempotent: a second application right away returns false. Deterministic: it does the same to
/// equal models. A pass may throw at any point; [RewritePipeline] then restores the model.
public interface Rewrite {
  /// For messages and reports, in lower case with hyphens: `fold-batch-normalization`.
  String name();

  /// Edits `model` in place.
  ///
  /// @return whether anything changed
  boolean apply(Model model);
}
