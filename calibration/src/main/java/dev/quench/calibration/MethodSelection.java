// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// The range method, among several tried, that serves one model best.
///
/// No method wins on every network (Wu et al., "Integer Quantization for Deep Learning Inference",
/// 2020, table 5), and noise in the tensors predicts the loss of accuracy only roughly; so each
/// method is scored on the final metric. All ranges come from the same histograms: the data are
/// read once.
///
/// @param table with the ranges of the best method
/// @param scores of all methods, best first; ties in the given order
public record MethodSelection(CalibrationTable table, List<Scored> scores) {
  /// The methods that are usually worth trying.
  public static final List<RangeMethod> CANDIDATES =
      List.of(
          RangeMethod.auto(),
          RangeMethod.entropy(),
          RangeMethod.meanSquaredError(),
          RangeMethod.percentile(99.999),
          RangeMethod.percentile(RangeMethod.Percentile.DEFAULT_PERCENT),
          RangeMethod.percentile(99.9),
          RangeMethod.averageMinMax(),
          RangeMethod.minMax());

  /// A method and the score of the model with its ranges.
  public record Scored(RangeMethod method, double score) {}

  public MethodSelection {
    scores = List.copyOf(scores);
  }

  /// Tries methods on one model.
  ///
  /// @param table with histograms, see [CalibrationTable#withHistograms]
  /// @param candidates one or more; of equally good ones the first wins. [#CANDIDATES] are the
  ///   usual ones
  /// @param score runs the model
  /// @param progress receives the progress after each method
  /// @throws CalibrationException if the table has no histograms or a score is NaN
  /// @throws IOException from `score`
  public static MethodSelection of(
      CalibrationTable table, List<RangeMethod> candidates, RangeScore score, Progress progress)
      throws IOException {
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException("no methods to choose from; name at least one");
    }
    List<Scored> scores = new ArrayList<>();
    progress.begin("choose calibration method", candidates.size());
    try {
      for (RangeMethod method : candidates) {
        double reached = score.score(table.reestimated(method));
        if (Double.isNaN(reached)) {
          throw new CalibrationException(
              "the score with calibration method %s is not a number; check the metric"
                  .formatted(method.spelling()));
        }
        scores.add(new Scored(method, reached));
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    scores.sort(Comparator.comparingDouble(Scored::score).reversed());
    return new MethodSelection(table.reestimated(scores.getFirst().method()), scores);
  }

  /// The best method.
  public RangeMethod method() {
    return scores.getFirst().method();
  }

  /// One method per line with its score, best first.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Scored scored : scores) {
      text.append(
          String.format(Locale.ROOT, "%-20s %.6g%n", scored.method().spelling(), scored.score()));
    }
    return text.toString();
  }
}
