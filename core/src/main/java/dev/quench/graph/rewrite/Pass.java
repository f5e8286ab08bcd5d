// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import dev.quench.graph.Model;

/// A rewrite of a model that leaves what it computes the same, up to the rounding its documentation
/// states.
///
/// Idempotent: applied again at once it returns false. Repeatable: it does the same to equal
/// models. A pass may throw at any point; [PassPipeline] then restores the model.
public interface Pass {
  /// For messages and reports, in lower case with hyphens: `fold-batch-normalization`.
  String name();

  /// Edits `model` in place.
  ///
  /// @return whether anything changed
  boolean apply(Model model);
}
