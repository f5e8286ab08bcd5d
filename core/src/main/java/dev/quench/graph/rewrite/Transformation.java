// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import dev.quench.graph.Model;

/// Changes what a model computes, or what may be fed to it, and reports how: quantization, a lower
/// precision, binary layers, free dimensions.
///
/// Deterministic: it does the same to equal models. When it throws, the model may be half edited;
/// callers that need the original copy it first.
///
/// @param <R> report of what changed and what did not, with reasons
public interface Transformation<R> {
  /// For messages and reports, in lower case with hyphens: `insert-qdq`.
  String name();

  /// Edits `model` in place.
  R apply(Model model);
}
