// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.eval.EvaluationReport;
import dev.quench.eval.EvaluationResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bounds that a user sets on the top-1 of an evaluation.
///
/// @param minTop1 a fraction
/// @param maxDrop points below the first result
record Bounds(@Nullable Double minTop1, @Nullable Double maxDrop) {
  private static final String TOP1 = "top1";

  /// What the subtraction of two fractions may add to a drop that equals the bound.
  private static final double ROUNDING = 1e-12;

  /// Holds every result against the bounds.
  ///
  /// @throws CheckFailedException naming each result that does not hold
  void check(EvaluationReport report) {
    List<String> failures = new ArrayList<>();
    double reference = top1(report.results().getFirst());
    for (EvaluationResult result : report.results()) {
      double top1 = top1(result);
      String name = result.model() + " on " + result.backend() + " (" + result.precision() + ")";
      if (minTop1 != null && !(top1 >= minTop1)) {
        failures.add(
            Text.format(
                "%s has top-1 %.2f %%, below --min-top1 %.2f %%", name, 100 * top1, 100 * minTop1));
      }
      if (maxDrop != null && reference - top1 > maxDrop / 100 + ROUNDING) {
        failures.add(
            Text.format(
                "%s loses %.2f points of top-1, more than --max-drop %s",
                name, 100 * (reference - top1), maxDrop));
      }
    }
    if (!failures.isEmpty()) {
      throw new CheckFailedException(String.join("; ", failures));
    }
  }

  private static double top1(EvaluationResult result) {
    return result.scores().getOrDefault(TOP1, Double.NaN);
  }
}
