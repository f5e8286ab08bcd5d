// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.Text;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import dev.quench.report.GateVerdict;
import dev.quench.report.ScoreText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bounds that a user sets on the first score of an evaluation.
///
/// @param minScore a fraction
/// @param maxDrop points below the first result of the same group
public record Bounds(@Nullable Double minScore, @Nullable Double maxDrop) {
  /// What the subtraction of two fractions may add to a drop that equals the bound.
  private static final double ROUNDING = 1e-12;

  /// Holds every result against the bounds.
  ///
  /// @throws CheckFailedException naming each result that does not hold
  public void check(EvaluationReport report) {
    List<String> failures = verdict(report).failures();
    if (!failures.isEmpty()) {
      throw new CheckFailedException(String.join("; ", failures));
    }
  }

  /// Whether every result holds, for a report.
  public GateVerdict verdict(EvaluationReport report) {
    if (minScore == null && maxDrop == null) {
      return GateVerdict.NONE;
    }
    List<String> bounds = new ArrayList<>();
    if (minScore != null) {
      bounds.add("--min-score " + minScore);
    }
    if (maxDrop != null) {
      bounds.add("--max-drop " + maxDrop);
    }
    List<String> failures = new ArrayList<>();
    String key =
        report.results().getFirst().scores().keySet().stream()
            .findFirst()
            .orElseThrow(() -> new CheckFailedException("no score to hold against the bounds"));
    for (EvaluationResult result : report.results()) {
      double score = score(result, key);
      double reference = score(report.reference(result), key);
      String name = result.model() + " on " + result.backend() + " (" + result.precision() + ")";
      if (minScore != null && !(score >= minScore)) {
        failures.add(
            Text.format(
                "%s has %s %s, below --min-score %s",
                name,
                ScoreText.label(key),
                ScoreText.value(key, score),
                ScoreText.value(key, minScore)));
      }
      if (maxDrop != null && !(reference - score <= maxDrop / 100 + ROUNDING)) {
        failures.add(
            Text.format(
                "%s loses %.2f points of %s, more than --max-drop %s",
                name, 100 * (reference - score), ScoreText.label(key), maxDrop));
      }
    }
    return new GateVerdict(bounds, failures);
  }

  private static double score(EvaluationResult result, String key) {
    return result.scores().getOrDefault(key, Double.NaN);
  }
}
