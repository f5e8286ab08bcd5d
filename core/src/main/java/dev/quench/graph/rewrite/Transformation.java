// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.rewrite;

import dev.quench.graph.Model;

/// Changes what a model computes, or what may be fed to it, and reports how: quantization, a lower
/// precision, binary layers, free dimensions.
///
/// Repeatable: it does the same to equal models. When it throws, the model may be half edited;
/// whoever needs the former model copies it first.
///
/// @param <R> what was done, and what was left as it was, with the reasons
public interface Transformation<R> {
  /// For messages and reports, in lower case with hyphens: `insert-qdq`.
  String name();

  /// Edits `model` in place.
  R apply(Model model);
}
