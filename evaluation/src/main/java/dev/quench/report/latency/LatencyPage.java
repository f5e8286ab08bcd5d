// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

import dev.quench.Printable;
import dev.quench.report.Environment;
import dev.quench.report.LatencySummary;
import dev.quench.report.PageStyle;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// The latency of one model as a self-contained page.
///
/// @param title plain text
/// @param lead what was measured, plain text
/// @param figures by name, the whole call first; at least one
/// @param timeline of the layers of a run; may be empty
/// @param timelineLead what the timeline shows, plain text without a stop at its end
/// @param warnings plain text, one line each
public record LatencyPage(
    String title,
    String lead,
    Map<String, LatencySummary> figures,
    LatencyDistribution distribution,
    List<LayerSpan> timeline,
    String timelineLead,
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
    page.append("<div class=\"charts\">\n")
        .append(new DistributionChart(distribution, call.p50(), call.p99()).toHtml());
    table(page);
    page.append("</div>\n");
    if (!timeline.isEmpty()) {
      page.append("<h2>Timeline of the layers</h2>\n")
          .append(new TimelineChart(timeline, timelineLead).toHtml());
    }
    page.append(environment.toHtml());
    return PageStyle.page(title, page);
  }

  private void table(StringBuilder page) {
    page.append("<div class=\"wide\"><table><thead><tr><th>ms</th>");
    figures
        .keySet()
        .forEach(name ->
            page.append("<th class=\"n\">").append(Printable.escapeHtml(name)).append("</th>"));
    page.append("</tr></thead>\n<tbody>\n");
    row(page, "p50", "%.3f", LatencySummary::p50);
    row(page, "p90", "%.3f", LatencySummary::p90);
    row(page, "p95", "%.3f", LatencySummary::p95);
    row(page, "p99", "%.3f", LatencySummary::p99);
    row(page, "mean", "%.3f", LatencySummary::mean);
    row(page, "min", "%.3f", LatencySummary::min);
    row(page, "max", "%.3f", LatencySummary::max);
    row(page, "calls", "%,.0f", LatencySummary::calls);
    page.append("</tbody></table></div>\n");
  }

  private void row(
      StringBuilder page, String name, String format, ToDoubleFunction<LatencySummary> figure) {
    page.append("<tr><td>").append(name).append("</td>");
    figures
        .values()
        .forEach(summary ->
            page.append("<td class=\"n\">")
                .append(String.format(Locale.ROOT, format, figure.applyAsDouble(summary)))
                .append("</td>"));
    page.append("</tr>\n");
  }
}
