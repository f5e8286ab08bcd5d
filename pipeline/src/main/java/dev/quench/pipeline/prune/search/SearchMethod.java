// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

/// How widths are searched.
public enum SearchMethod {
  /// Measures what each width of each group loses alone, finds the widths of least loss by a
  /// dynamic program, and measures their neighbours.
  SENSITIVITY,
  /// Learns by reinforcement; see [dev.quench.compress.prune.search.Amc].
  AMC
}
