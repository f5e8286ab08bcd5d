// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.metric.classification.ClassPredictions;
import dev.quench.metric.classification.McNemarTest;
import dev.quench.metric.classification.WilsonInterval;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// The figures of one [Candidate][dev.quench.eval.Candidate].
///
/// @param scores of the metric by JSON key, fractions in `[0, 1]` for `top1` and `top5`; empty
///   without a metric
/// @param optimizedScores the scores of the timed session, if `scores` are those of a session
///   without graph optimization; else empty
/// @param latencyMillis with one sample per call and one caller; empty where it was not measured,
///   as on a cluster
/// @param throughputPerSecond samples per second at the evaluation's batch size, counting only time
///   in the backend; empty where it was not measured
/// @param group of the candidate; changes refer to its first result
/// @param arithmetic for people: the precision, or for example `1-bit (W1A1)`
/// @param predictions of a classifier; empty for other metrics
public record EvaluationResult(
    String model,
    String backend,
    String precision,
    long samples,
    Map<String, Double> scores,
    Map<String, Double> optimizedScores,
    long sizeBytes,
    Optional<LatencySummary> latencyMillis,
    OptionalDouble throughputPerSecond,
    String group,
    String arithmetic,
    Optional<ClassPredictions> predictions) {
  public EvaluationResult {
    scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
    optimizedScores = Collections.unmodifiableMap(new LinkedHashMap<>(optimizedScores));
  }

  /// Where a score lies with 95 % confidence; empty for scores that are no share of the samples.
  ///
  /// @param key of the score
  public Optional<WilsonInterval> interval(String key) {
    Double score = scores.get(key);
    return score != null && key.matches("top\\d+|textAccuracy")
        ? Optional.of(WilsonInterval.of(score, samples))
        : Optional.empty();
  }

  /// The paired test against another result on the same samples; empty without predictions.
  public Optional<McNemarTest> against(EvaluationResult reference) {
    return predictions.isPresent() && reference.predictions().isPresent()
        ? Optional.of(reference.predictions().get().against(predictions.get()))
        : Optional.empty();
  }
}
