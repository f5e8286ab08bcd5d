// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.List;

/// Whether the bounds on an evaluation hold.
///
/// @param bounds that were set, plain text; empty if there were none
/// @param failures one line for each result that does not hold, plain text
public record GateVerdict(List<String> bounds, List<String> failures) {
  /// No bounds were set.
  public static final GateVerdict NONE = new GateVerdict(List.of(), List.of());

  public GateVerdict {
    bounds = List.copyOf(bounds);
    failures = List.copyOf(failures);
  }

  public boolean holds() {
    return failures.isEmpty();
  }
}
