// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The figures of one [Candidate][dev.quench.eval.Candidate].
///
/// @param scores of the metric by JSON key, fractions in `[0, 1]` for `top1` and `top5`; empty
///   without a metric
/// @param optimizedScores the scores of the timed session, if `scores` are those of a session
///   without graph optimization; else empty
/// @param latencyMillis with one sample per call and one caller
/// @param throughputPerSecond samples per second at the evaluation's batch size, counting only time
///   in the backend
/// @param group of the candidate; changes refer to its first result
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
