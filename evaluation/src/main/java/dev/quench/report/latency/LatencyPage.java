// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

import dev.quench.Printable;
import dev.quench.report.Environment;
import dev.quench.report.LatencySummary;
import dev.quench.report.PageStyle;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The latency of one model as a self-contained page.
///
/// @param title plain text
/// @param lead what was measured, plain text
/// @param figures by name, the whole call first; at least one
/// @param timeline of the layers of one run; may be empty
/// @param warnings plain text, one line each
public record LatencyPage(
    String title,
    String lead,
    Map<String, LatencySummary> figures,
    LatencyDistribution distribution,
    List<LayerSpan> timeline,
    List<String> warnings,
    Environment environment) {
  /// UTF-8 text.
  public String toHtml() {
    StringBuilder page = new StringBuilder(1 << 14);
    page.append("<p class=\"lead\">").append(Printable.escapeHtml(lead)).append("</p>\n");
    if (!warnings.isEmpty()) {
      page.append("<ul class=\"gate bad\">\n");
      warnings.forEach(
          each -> page.append("<li>").append(Printable.escapeHtml(each)).append("</li>\n"));
      page.append("</ul>\n");
    }
    LatencySummary call = figures.values().iterator().next();
    page.append(new DistributionChart(distribution, call.p50(), call.p99()).toHtml());
    table(page);
    if (!timeline.isEmpty()) {
      page.append("<h2>Timeline of the layers</h2>\n").append(new TimelineChart(timeline).toHtml());
    }
    page.append(environment.toHtml());
    return PageStyle.page(title, page);
  }

  private void table(StringBuilder page) {
    List<String> columns = List.of("p50", "p90", "p95", "p99", "mean", "min", "max");
    page.append(
        "<h2>Percentiles</h2>\n<div class=\"wide\"><table class=\"cards\"><thead><tr><th>ms</th>");
    columns.forEach(column -> page.append("<th class=\"n\">").append(column).append("</th>"));
    page.append("<th class=\"n\">calls</th></tr></thead>\n<tbody>\n");
    figures.forEach((name, summary) -> {
      page.append("<tr><td>").append(Printable.escapeHtml(name)).append("</td>");
      double[] values = {
        summary.p50(),
        summary.p90(),
        summary.p95(),
        summary.p99(),
        summary.mean(),
        summary.min(),
        summary.max()
      };
      for (int i = 0; i < values.length; i++) {
        page.append(
            String.format(
                Locale.ROOT,
                "<td class=\"n\" data-label=\"%s\">%.3f</td>",
                columns.get(i),
                values[i]));
      }
      page.append(
          String.format(
              Locale.ROOT,
              "<td class=\"n\" data-label=\"calls\">%,d</td></tr>\n",
              summary.calls()));
    });
    page.append("</tbody></table></div>\n");
  }
}
