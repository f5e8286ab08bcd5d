// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.factor;

import dev.quench.Printable;
import dev.quench.compress.factor.FactorizationReport.Split;
import dev.quench.compress.factor.FactorizationReport.Whole;
import dev.quench.pipeline.cost.CostChange;
import dev.quench.report.Environment;
import dev.quench.report.PageStyle;
import dev.quench.report.RowChart;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What splitting layers did to a model as a self-contained page: cost before and after, the gain
/// by count and as measured, each split, and what stays whole with the reason.
///
/// @param title plain text
public record FactorizationPage(String title, FactorizationResult result, Environment environment) {
  /// UTF-8 text.
  public String toHtml() {
    StringBuilder page = new StringBuilder(1 << 14);
    CostChange cost = new CostChange(result.before(), result.after(), result.gain());
    page.append("<p class=\"lead\">")
        .append(Printable.escapeHtml("Measured: " + result.gain() + "."))
        .append("</p>\n<h2>")
        .append(cost.title())
        .append("</h2>\n")
        .append(cost.toHtml())
        .append("<h2>Layers that were split</h2>\n");
    List<Split> splits = result.report().splits();
    if (splits.isEmpty()) {
      page.append("<p>No layer was split.</p>\n");
    } else {
      page.append("<div class=\"charts\">\n")
          .append(
              new RowChart(
                      "MACs that are left",
                      "of the layer's, the pale bar",
                      rows(splits, FactorizationPage::macs),
                      true)
                  .toHtml())
          .append(
              new RowChart(
                      "Change of the weights",
                      "its norm as a share of that of the weights",
                      rows(splits, FactorizationPage::error),
                      true)
                  .toHtml())
          .append("</div>\n");
    }
    whole(page);
    page.append(environment.toHtml());
    return PageStyle.page(title, page);
  }

  private static List<RowChart.Row> rows(List<Split> splits, Function<Split, RowChart.Row> toRow) {
    return splits.stream().map(toRow).toList();
  }

  private static RowChart.Row macs(Split split) {
    String ranks = split.ranks().stream().map(String::valueOf).collect(Collectors.joining(", "));
    return new RowChart.Row(
        split.node(),
        String.format(
            Locale.ROOT,
            "%s %s: %.0f %%",
            split.method().name().toLowerCase(Locale.ROOT),
            ranks,
            100 * split.macsShare()),
        split.macsShare(),
        0,
        Math.max(1, split.macsShare()));
  }

  private static RowChart.Row error(Split split) {
    return new RowChart.Row(
        split.node(),
        String.format(Locale.ROOT, "%.3f", split.error()),
        split.error(),
        0,
        split.error());
  }

  private void whole(StringBuilder page) {
    List<Whole> whole =
        result.report().layers().stream()
            .filter(Whole.class::isInstance)
            .map(Whole.class::cast)
            .toList();
    if (whole.isEmpty()) {
      return;
    }
    page.append(
        "<h2>What stays whole, and why</h2>\n<table class=\"cards\"><thead><tr><th>layer</th><th>reason</th></tr></thead>\n<tbody>\n");
    for (Whole each : whole) {
      page.append(
          "<tr><td class=\"wrap\">%s</td><td class=\"wrap\" data-label=\"reason\">%s</td></tr>\n"
              .formatted(Printable.escapeHtml(each.node()), Printable.escapeHtml(each.reason())));
    }
    page.append("</tbody></table>\n");
  }
}
