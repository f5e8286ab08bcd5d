// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import dev.quench.Printable;
import dev.quench.compress.prune.PruningReport;
import dev.quench.compress.prune.reconstruct.LayerError;
import dev.quench.pipeline.cost.CostChange;
import dev.quench.report.Environment;
import dev.quench.report.PageStyle;
import dev.quench.report.RowChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// What pruning did to a model as a self-contained page: cost before and after, the gain by count
/// and as measured, channels of each group, errors of layers, and what stays with the reason.
///
/// @param title plain text
public record PruningPage(String title, PruningResult result, Environment environment) {
  /// More rows would be a long chart.
  private static final int MOST_ROWS = 80;

  /// UTF-8 text.
  public String toHtml() {
    PruningReport report = result.report();
    StringBuilder page = new StringBuilder(1 << 14);
    page.append("<p class=\"lead\">").append(Printable.escapeHtml(lead())).append("</p>\n");
    list(page, report.notes());
    CostChange cost = new CostChange(report.before(), report.after(), result.gain());
    page.append("<h2>").append(cost.title()).append("</h2>\n").append(cost.toHtml());
    page.append("<p class=\"lead\">")
        .append(Printable.escapeHtml("Measured: " + result.gain() + "."))
        .append("</p>\n");
    channels(page, report.cut());
    errors(page, report.errors());
    refused(page, report.refused());
    page.append(environment.toHtml());
    return PageStyle.page(title, page);
  }

  private String lead() {
    PruningReport report = result.report();
    StringBuilder lead = new StringBuilder("By ").append(report.criterion().commandName());
    report
        .goal()
        .ifPresent(goal ->
            lead.append(
                String.format(
                    Locale.ROOT,
                    ", to take out %.1f %% of the %s",
                    100 * goal.ratio(),
                    goal.budget().label())));
    result
        .search()
        .ifPresent(search ->
            lead.append(
                String.format(
                    Locale.ROOT,
                    ", widths searched with %d models",
                    search.outcome().evaluations())));
    lead.append('.');
    report
        .equivalence()
        .ifPresent(check ->
            lead.append(
                String.format(
                    Locale.ROOT,
                    " It computes what the original does with these channels zero: largest error %.1e on %s.",
                    check.worst(),
                    check.backend())));
    return lead.toString();
  }

  private static void list(StringBuilder page, List<String> lines) {
    if (!lines.isEmpty()) {
      page.append("<ul>\n");
      lines.forEach(
          line -> page.append("<li>").append(Printable.escapeHtml(line)).append("</li>\n"));
      page.append("</ul>\n");
    }
  }

  private static void channels(StringBuilder page, List<PruningReport.CutGroup> groups) {
    page.append("<h2>Channels</h2>\n");
    if (groups.isEmpty()) {
      page.append("<p>No group of channels could go.</p>\n");
      return;
    }
    List<RowChart.Row> rows = new ArrayList<>();
    for (PruningReport.CutGroup group : groups.subList(0, Math.min(MOST_ROWS, groups.size()))) {
      rows.add(
          new RowChart.Row(
              String.join(", ", group.layers()),
              group.channels() + " → " + group.kept(),
              group.kept(),
              0,
              group.channels()));
    }
    page.append(
        new RowChart(
                "Channels that stay",
                "of those before, the pale bar; layers of a row lose the same ones"
                    + limited(rows.size(), groups.size()),
                rows,
                true)
            .toHtml());
  }

  private static String limited(int shown, int all) {
    return shown == all ? "" : "; the first %d of %d groups".formatted(shown, all);
  }

  private static void errors(StringBuilder page, List<LayerError> errors) {
    if (errors.isEmpty()) {
      return;
    }
    List<RowChart.Row> rows =
        errors.stream()
            .sorted(Comparator.comparingDouble(LayerError::error).reversed())
            .limit(MOST_ROWS)
            .map(each ->
                new RowChart.Row(
                    each.layer(),
                    String.format(
                        Locale.ROOT,
                        "%.4f → %.4f%s",
                        each.plain(),
                        each.fitted(),
                        each.kept() ? "" : ", not taken"),
                    each.error(),
                    0,
                    Math.max(each.plain(), each.error())))
            .toList();
    page.append("<h2>Errors of layers</h2>\n")
        .append(
            new RowChart(
                    "Error of the output on samples held back",
                    "as a share of its variance: without new weights, the pale bar, and with weights fitted anew; worst first",
                    rows,
                    true)
                .toHtml());
  }

  private static void refused(StringBuilder page, List<PruningReport.RefusedGroup> groups) {
    if (groups.isEmpty()) {
      return;
    }
    page.append(
        "<h2>What stays, and why</h2>\n<table class=\"cards\"><thead><tr><th>layers</th><th class=\"n\">channels</th><th>reason</th></tr></thead>\n<tbody>\n");
    for (PruningReport.RefusedGroup group : groups) {
      page.append(
          "<tr><td class=\"wrap\">%s</td><td class=\"n\" data-label=\"channels\">%d</td><td class=\"wrap\" data-label=\"reason\">%s</td></tr>\n"
              .formatted(
                  Printable.escapeHtml(String.join(", ", group.layers())),
                  group.channels(),
                  Printable.escapeHtml(group.reason())));
    }
    page.append("</tbody></table>\n");
  }
}
