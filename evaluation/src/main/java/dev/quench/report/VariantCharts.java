// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.metric.classification.WilsonInterval;
import dev.quench.report.RowChart.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The charts of the variants of one network.
///
/// @param results of one group, at least one
record VariantCharts(List<EvaluationResult> results) {
  String toHtml() {
    StringBuilder html = new StringBuilder("<div class=\"charts\">\n");
    accuracy().ifPresent(chart -> html.append(chart.toHtml()));
    html.append(latency().toHtml()).append(size().toHtml()).append(throughput().toHtml());
    return html.append("</div>\n").toString();
  }

  private Optional<RowChart> accuracy() {
    Optional<String> key =
        results.stream().flatMap(result -> result.scores().keySet().stream()).findFirst();
    if (key.isEmpty()) {
      return Optional.empty();
    }
    double unit = ScoreText.isShare(key.get()) ? 100 : 1;
    boolean intervals = results.stream().allMatch(each -> each.interval(key.get()).isPresent());
    List<Row> rows = new ArrayList<>();
    for (EvaluationResult result : results) {
      Double score = result.scores().get(key.get());
      if (score != null && Double.isFinite(score)) {
        WilsonInterval around = result.interval(key.get()).orElse(new WilsonInterval(score, score));
        rows.add(
            new Row(
                name(result),
                ScoreText.value(key.get(), score),
                unit * score,
                unit * around.low(),
                unit * around.high()));
      }
    }
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new RowChart(
                ScoreText.label(key.get()) + (unit == 100 ? ", %" : ""),
                intervals ? "with its 95 % interval" : "",
                rows,
                false));
  }

  private RowChart latency() {
    return new RowChart(
        "Latency of one sample",
        "median; the pale bar reaches to p99",
        results.stream()
            .flatMap(result -> result.latencyMillis().map(each -> row(result, each)).stream())
            .toList(),
        true);
  }

  private static Row row(EvaluationResult result, LatencySummary latency) {
    return new Row(
        name(result),
        String.format(Locale.ROOT, "%.3f ms", latency.p50()),
        latency.p50(),
        0,
        latency.p99());
  }

  private RowChart size() {
    return bars(
        "Size of the file",
        results.stream()
            .map(result ->
                bar(result, ResultTable.size(result.sizeBytes()), (double) result.sizeBytes()))
            .toList());
  }

  private RowChart throughput() {
    return bars(
        "Samples per second",
        results.stream()
            .filter(result -> result.throughputPerSecond().isPresent())
            .map(result -> {
              double rate = result.throughputPerSecond().getAsDouble();
              return bar(result, String.format(Locale.ROOT, "%,.0f", rate), rate);
            })
            .toList());
  }

  private static RowChart bars(String title, List<Row> rows) {
    return new RowChart(title, "", rows, true);
  }

  private static Row bar(EvaluationResult result, String text, double value) {
    return new Row(name(result), text, value, 0, value);
  }

  private static String name(EvaluationResult result) {
    return result.model() + ", " + result.backend();
  }
}
