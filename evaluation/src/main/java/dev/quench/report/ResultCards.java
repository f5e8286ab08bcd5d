// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import dev.quench.metric.classification.WilsonInterval;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The variants of one network as a table, which narrow screens show as one card each.
///
/// @param results of one group
record ResultCards(EvaluationReport report, List<EvaluationResult> results) {
  /// @param small a second line; empty for none
  private record Cell(String label, String text, String small) {}

  String toHtml() {
    StringBuilder html = new StringBuilder("<table class=\"cards\">\n<thead><tr>");
    List<List<Cell>> rows = results.stream().map(this::cells).toList();
    for (int i = 0; i < rows.getFirst().size(); i++) {
      html.append(i == 0 ? "<th>" : "<th class=\"n\">")
          .append(Printable.escapeHtml(rows.getFirst().get(i).label()))
          .append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (List<Cell> row : rows) {
      html.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        Cell cell = row.get(i);
        html.append(i == 0 ? "<td" : "<td class=\"n\"")
            .append(" data-label=\"")
            .append(Printable.escapeHtml(cell.label()))
            .append("\"><span>")
            .append(Printable.escapeHtml(cell.text()));
        if (!cell.small().isEmpty()) {
          html.append("<small>").append(Printable.escapeHtml(cell.small())).append("</small>");
        }
        html.append("</span></td>");
      }
      html.append("</tr>\n");
    }
    return html.append("</tbody></table>\n").toString();
  }

  private List<Cell> cells(EvaluationResult result) {
    EvaluationResult reference = report.reference(result);
    List<Cell> cells = new ArrayList<>();
    cells.add(new Cell("variant", result.model(), result.backend() + ", " + result.arithmetic()));
    cells.add(new Cell("samples", String.format(Locale.ROOT, "%,d", result.samples()), ""));
    Set<String> keys = new LinkedHashSet<>();
    results.forEach(each -> keys.addAll(each.scores().keySet()));
    for (String key : keys) {
      Double score = result.scores().get(key);
      cells.add(
          new Cell(
              ScoreText.label(key),
              score == null ? "-" : ScoreText.value(key, score),
              result
                  .interval(key)
                  .map(each -> interval(each, score == null ? 0 : score))
                  .orElse("")));
    }
    if (!keys.isEmpty()) {
      cells.add(change(result, reference, keys.iterator().next()));
    }
    cells.add(
        new Cell(
            "size",
            ResultTable.size(result.sizeBytes()),
            result.sizeBytes() == 0
                ? ""
                : String.format(
                    Locale.ROOT, "%.2fx", (double) reference.sizeBytes() / result.sizeBytes())));
    result
        .latencyMillis()
        .ifPresent(latency ->
            cells.add(
                new Cell(
                    "p50 ms",
                    String.format(Locale.ROOT, "%.3f", latency.p50()),
                    String.format(Locale.ROOT, "p99 %.3f", latency.p99()))));
    result
        .throughputPerSecond()
        .ifPresent(rate ->
            cells.add(new Cell("samples/s", String.format(Locale.ROOT, "%,.0f", rate), "")));
    return cells;
  }

  private static String interval(WilsonInterval interval, double score) {
    return String.format(
        Locale.ROOT,
        "−%.2f +%.2f",
        100 * (score - interval.low()),
        100 * (interval.high() - score));
  }

  private static Cell change(EvaluationResult result, EvaluationResult reference, String key) {
    Double mine = result.scores().get(key);
    Double theirs = reference.scores().get(key);
    if (mine == null || theirs == null || result.equals(reference)) {
      return new Cell("change", "-", "");
    }
    return new Cell(
        "change",
        ScoreText.change(key, mine - theirs),
        result
            .against(reference)
            .map(test -> "p " + ScoreText.equality(test.probability()))
            .orElse(""));
  }
}
