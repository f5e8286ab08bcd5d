// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import dev.quench.calibration.OutlierRemarks;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// The ranges of a calibration table as a self-contained page: what they were found on, what they
/// clip, each tensor's histogram.
///
/// @param title plain text
/// @param table with its histograms, or the page lacks what they tell
public record CalibrationPage(String title, CalibrationTable table, Environment environment) {
  private static final int MOST_CLIPPED = 15;

  /// UTF-8 text.
  public String toHtml() {
    StringBuilder page = new StringBuilder(1 << 16);
    page.append("<p class=\"lead\">").append(Printable.escapeHtml(lead())).append("</p>\n");
    List<String> remarks = OutlierRemarks.of(table);
    if (table.isUncalibrated() || !remarks.isEmpty()) {
      page.append("<ul class=\"gate bad\">\n");
      if (table.isUncalibrated()) {
        page.append("<li>Uncalibrated: the ranges were found on random data.</li>\n");
      }
      remarks.forEach(
          each -> page.append("<li>").append(Printable.escapeHtml(each)).append("</li>\n"));
      page.append("</ul>\n");
    }
    if (table.hasHistograms()) {
      clipped(page);
      section(page, RangeHistograms.of(table));
    }
    ranges(page);
    page.append(environment.toHtml());
    return PageStyle.page(title, page);
  }

  private String lead() {
    StringBuilder lead =
        new StringBuilder(
            "%,d tensors by %s".formatted(table.entries().size(), table.header().method()));
    for (CalibrationData part : table.header().data()) {
      lead.append(", on %,d samples of %s".formatted(part.samples(), part.description()));
    }
    return lead.append('.').toString();
  }

  private double clippedShare(TensorRange range) {
    return RangeHistograms.clippedShare(
        range, table.histogram(range.name()).orElse(Histogram.EMPTY));
  }

  private void clipped(StringBuilder page) {
    List<RowChart.Row> rows =
        table.entries().stream()
            .filter(range -> clippedShare(range) > 0)
            .sorted(Comparator.comparingDouble(this::clippedShare).reversed())
            .limit(MOST_CLIPPED)
            .map(this::row)
            .toList();
    page.append("<h2>What is clipped</h2>\n");
    if (rows.isEmpty()) {
      page.append("<p>No value lies beyond its threshold.</p>\n");
    } else {
      page.append(
          new RowChart(
                  "Share of values beyond the threshold", "the tensors that lose most", rows, true)
              .toHtml());
    }
  }

  private RowChart.Row row(TensorRange range) {
    double percent = 100 * clippedShare(range);
    return new RowChart.Row(
        range.name(), String.format(Locale.ROOT, "%.3g %%", percent), percent, 0, percent);
  }

  private static void section(StringBuilder page, ReportSection section) {
    page.append("<h2>")
        .append(Printable.escapeHtml(section.title()))
        .append("</h2>\n")
        .append(section.toHtml());
  }

  private void ranges(StringBuilder page) {
    page.append(
        "<h2>Ranges</h2>\n<div class=\"wide\"><table class=\"cards\"><thead><tr><th>tensor</th><th class=\"n\">threshold</th><th class=\"n\">smallest</th><th class=\"n\">largest</th><th class=\"n\">zeros</th><th>method</th></tr></thead>\n<tbody>\n");
    for (TensorRange range : table.entries()) {
      page.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s</td><td class=\"n\" data-label=\"threshold\">%.6g</td><td class=\"n\" data-label=\"smallest\">%.6g</td><td class=\"n\" data-label=\"largest\">%.6g</td><td class=\"n\" data-label=\"zeros\">%.1f %%</td><td data-label=\"method\">%s</td></tr>\n",
              Printable.escapeHtml(range.name()),
              range.threshold(),
              range.extremes().min(),
              range.extremes().max(),
              100.0 * range.counts().zeros() / Math.max(1, range.counts().values()),
              Printable.escapeHtml(range.method())));
    }
    page.append("</tbody></table></div>\n");
  }
}
