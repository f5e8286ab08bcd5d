// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.report.ScatterPlot;
import dev.quench.run.Metric;
import dev.quench.run.Progress;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What tuning found.
///
/// @param exact the prepared float model
/// @param model the plan that pays in the target's form; else the float model
/// @param report what of it runs in integers; empty where it stays float
/// @param closest the model that misses the bound least, where none reaches it and one is faster
///   than FP32
/// @param ranges that quantized models are made with
public record TuningResult(
    Model exact,
    Model model,
    Optional<QuantizationReport> report,
    Optional<Model> closest,
    CalibrationTable ranges,
    TuningOutcome outcome) {
  /// Evaluates the float and the tuned model and makes a page of that, all points, and the choice
  /// for each region.
  ///
  /// @param data judged on
  /// @param metric empty for fidelity to FP32
  /// @param floatBytes size of the float model's file
  /// @param tunedBytes size of the tuned model's file, where one is
  /// @throws IOException if the data cannot be read
  public String toHtml(
      String title,
      Dataset data,
      Optional<Metric> metric,
      long floatBytes,
      long tunedBytes,
      Progress progress)
      throws IOException {
    return new TuningEvaluation(this, floatBytes, tunedBytes)
        .run(data, metric, progress)
        .toHtml(title, plot(), new TuningSection(outcome));
  }

  private ScatterPlot plot() {
    List<ScatterPlot.Point> within = new ArrayList<>();
    List<ScatterPlot.Point> outside = new ArrayList<>();
    LossBound bound = outcome.bound();
    boolean scored =
        bound.minCosine() < 0
            && outcome.measured().stream().anyMatch(point -> point.loss().drop().isPresent());
    for (TuningPoint.Measured point : outcome.measured()) {
      (bound.holds(point.loss()) ? within : outside).add(at(point, scored));
    }
    Map<String, List<ScatterPlot.Point>> groups = new LinkedHashMap<>();
    groups.put("within the bound", within);
    groups.put("outside the bound", outside);
    groups.put("chosen", outcome.best().map(point -> List.of(at(point, scored))).orElse(List.of()));
    groups.put("FP32", List.of(new ScatterPlot.Point(1, scored ? 0 : 1)));
    return new ScatterPlot(
        "Latency against accuracy",
        "Each point is a quantized model, measured in turn with FP32; left is faster, up is closer to FP32. Asked for: "
            + bound
            + ".",
        "time against FP32",
        scored ? "change of the score, points" : "worst cosine to FP32",
        groups);
  }

  private static ScatterPlot.Point at(TuningPoint.Measured point, boolean scored) {
    return new ScatterPlot.Point(
        point.ratio(), scored ? -100 * point.loss().drop().orElse(0) : point.loss().worstCosine());
  }
}
