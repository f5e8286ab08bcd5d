// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What one [Candidate][dev.quench.eval.Candidate] was worth.
///
/// @param scores of the metric by JSON key, fractions in `[0, 1]` for `top1` and `top5`; empty
///   without a metric
/// @param optimizedScores what the session that was timed reaches, where the scores are those of
///   one without graph optimization; else empty
/// @param latencyMillis one sample a call, one caller
/// @param throughputPerSecond samples a second at the evaluation's batch size, time in the backend
///   only
/// @param group of the candidate; changes refer to the first result of it
public record EvaluationResult(
    String model,
    String backend,
    String precision,
    long samples,
    Map<String, Double> scores,
    Map<String, Double> optimizedScores,
    long sizeBytes,
    LatencySummary latencyMillis,
    double throughputPerSecond,
    String group) {
  public EvaluationResult {
    scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
    optimizedScores = Collections.unmodifiableMap(new LinkedHashMap<>(optimizedScores));
  }
}
