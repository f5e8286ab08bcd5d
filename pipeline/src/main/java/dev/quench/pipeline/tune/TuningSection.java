// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.Printable;
import dev.quench.pipeline.tune.plan.Pattern;
import dev.quench.report.ReportSection;

/// The choice for each region, and every plan that was tried, as tables.
record TuningSection(TuningOutcome outcome) implements ReportSection {
  @Override
  public String title() {
    return "Regions and plans";
  }

  @Override
  public String toHtml() {
    StringBuilder html = new StringBuilder("<p class=\"lead\">");
    html.append(
        Printable.escapeHtml(
            outcome
                .best()
                .map(best -> "Chosen: " + best.verdict() + ".")
                .orElseGet(() -> "FP32 stays: " + outcome.whyFloat() + ".")));
    html.append("</p>\n<table class=\"facts\">\n");
    row(html, "th", "regions", "scheme", "why");
    for (RegionChoice choice : RegionChoice.of(outcome)) {
      row(html, "td", regions(choice.pattern()), choice.scheme(), choice.reason());
    }
    html.append(
            "</table>\n<p class=\"lead\">Plans in the order of their measurement, a letter a node: i in ")
        .append(
            "integers, f float, d by ranges found in each inference, o the other branch of a sum; a comma between patterns.</p>\n")
        .append("<table class=\"facts\">\n");
    row(html, "th", "plan", "result", "bound");
    for (TuningPoint point : outcome.points()) {
      switch (point) {
        case TuningPoint.Measured measured ->
            row(
                html,
                "td",
                point.plan().code(),
                measured.verdict(),
                outcome.bound().holds(measured.loss()) ? "holds" : "missed");
        case TuningPoint.Refused refused ->
            row(html, "td", point.plan().code(), "not run: " + refused.reason(), "");
      }
    }
    return html.append("</table>\n").toString();
  }

  private static String regions(Pattern pattern) {
    int others = pattern.regions().size() - 1;
    return pattern.region().name() + (others == 0 ? "" : " and %d alike".formatted(others));
  }

  private static void row(StringBuilder html, String tag, String... cells) {
    html.append("<tr>");
    for (String cell : cells) {
      html.append("<%s>%s</%s>".formatted(tag, Printable.escapeHtml(cell), tag));
    }
    html.append("</tr>\n");
  }
}
