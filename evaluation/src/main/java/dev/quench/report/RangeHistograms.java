// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import java.util.List;
import java.util.Locale;

/// The histogram of each calibrated tensor with its threshold.
public final class RangeHistograms implements ReportSection {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 140;
  private static final int BOTTOM = 120;
  private static final int MARGIN = 4;
  private static final int COLUMNS = 100;

  /// More would make the page many megabytes large.
  private static final int MOST = 120;

  private final CalibrationTable table;

  private RangeHistograms(CalibrationTable table) {
    this.table = table;
  }

  /// @param table with its histograms
  /// @throws IllegalArgumentException if the table has no histograms
  public static RangeHistograms of(CalibrationTable table) {
    if (!table.hasHistograms()) {
      throw new IllegalArgumentException(
          "the calibration table has no histograms to draw; keep the histogram file beside it");
    }
    return new RangeHistograms(table);
  }

  @Override
  public String title() {
    return "Ranges of the quantized tensors";
  }

  @Override
  public String toHtml() {
    List<TensorRange> ranges = List.copyOf(table.entries());
    StringBuilder html =
        new StringBuilder(
                "<p class=\"lead\">How often each magnitude occurs, on a logarithmic scale; ")
            .append("the line is the magnitude that maps to 127. Larger ones are clipped.</p>\n");
    if (ranges.size() > MOST) {
      html.append("<p>The first %d of %,d tensors.</p>\n".formatted(MOST, ranges.size()));
    }
    html.append("<div class=\"small\">\n");
    for (TensorRange range : ranges.subList(0, Math.min(MOST, ranges.size()))) {
      Histogram histogram = table.histogram(range.name()).orElse(Histogram.EMPTY);
      if (histogram.usedBins() > 0) {
        figure(html, range, histogram);
      }
    }
    return html.append("</div>\n").toString();
  }

  private static void figure(StringBuilder html, TensorRange range, Histogram histogram) {
    String name = Printable.escapeHtml(range.name());
    html.append("<figure><figcaption>")
        .append(name)
        .append(
            String.format(
                Locale.ROOT,
                "<br><small>%s: %.4g of %.4g, %s</small>",
                Printable.escapeHtml(range.method()),
                range.threshold(),
                histogram.amax(),
                clipped(range, histogram)))
        .append(
            "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Histogram of "
                .formatted(WIDTH, HEIGHT))
        .append(name)
        .append("\">")
        .append(draw(range, histogram))
        .append("</svg></figure>\n");
  }

  private static String clipped(TensorRange range, Histogram histogram) {
    return String.format(Locale.ROOT, "%.3g %% clipped", 100.0 * clippedShare(range, histogram));
  }

  /// The share of the finite values that are larger than the threshold, to the width of a bin.
  static double clippedShare(TensorRange range, Histogram histogram) {
    long[] all = histogram.counts();
    long beyond = 0;
    for (int bin = 0; bin < histogram.usedBins(); bin++) {
      beyond += bin * histogram.binWidth() > range.threshold() ? all[bin] : 0;
    }
    return (double) beyond / Math.max(1, histogram.finiteValues());
  }

  private static String draw(TensorRange range, Histogram histogram) {
    int perColumn = Math.ceilDiv(histogram.usedBins(), COLUMNS);
    int columns = Math.ceilDiv(histogram.usedBins(), perColumn);
    long[] all = histogram.counts();
    long[] counts = new long[columns];
    long most = 1;
    for (int column = 0; column < columns; column++) {
      for (int bin = column * perColumn;
          bin < Math.min((column + 1) * perColumn, Histogram.BINS);
          bin++) {
        counts[column] += all[bin];
      }
      most = Math.max(most, counts[column]);
    }
    double top = Math.log10(2.0 * most);
    Axis across =
        Axis.of(0, Math.max(range.threshold(), histogram.amax()) * 1.02, MARGIN, WIDTH - MARGIN);
    StringBuilder path = new StringBuilder("M").append(MARGIN).append(' ').append(BOTTOM);
    for (int column = 0; column < columns; column++) {
      double y =
          counts[column] == 0
              ? BOTTOM
              : BOTTOM
                  - (BOTTOM - MARGIN) * (Math.log10((double) counts[column]) + 0.3) / (top + 0.3);
      double step = perColumn * histogram.binWidth();
      path.append(
          String.format(
              Locale.ROOT,
              "V%.1fH%.1f",
              y,
              Math.min(WIDTH - MARGIN, across.at((column + 1) * step))));
    }
    StringBuilder svg =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "<path class=\"mark\" d=\"%sV%.1fZ\"/><line class=\"limit\" x1=\"%3$.1f\" x2=\"%3$.1f\" y1=\"%4$d\" y2=\"%5$d\"/>",
                path,
                (double) BOTTOM,
                across.at(range.threshold()),
                MARGIN,
                BOTTOM));
    for (double mark : across.marks()) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text class=\"faint\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
              across.at(mark),
              HEIGHT - 4,
              mark == 0 ? "start" : across.at(mark) > WIDTH - 24 ? "end" : "middle",
              across.label(mark)));
    }
    return svg.toString();
  }
}
