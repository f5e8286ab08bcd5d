// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import java.awt.Color;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// The histogram of each calibrated tensor with its threshold.
public final class RangeHistograms implements ReportSection {
  private static final int WIDTH = 520;
  private static final int HEIGHT = 260;
  private static final int COLUMNS = 128;

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
    try {
      for (TensorRange range : ranges.subList(0, Math.min(MOST, ranges.size()))) {
        Histogram histogram = table.histogram(range.name()).orElse(Histogram.EMPTY);
        if (histogram.usedBins() > 0) {
          figure(html, range, histogram);
        }
      }
    } catch (IOException | LinkageError | InternalError e) {
      html.append("<p>The histograms could not be drawn: ")
          .append(Printable.escapeHtml(String.valueOf(e.getMessage())))
          .append(". Install a font and fontconfig, then create the report again.</p>\n");
    }
    return html.append("</div>\n").toString();
  }

  private static void figure(StringBuilder html, TensorRange range, Histogram histogram)
      throws IOException {
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
        .append("</figcaption><img loading=\"lazy\" alt=\"Histogram of ")
        .append(name)
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(draw(range, histogram)))
        .append("\"></figure>\n");
  }

  private static String clipped(TensorRange range, Histogram histogram) {
    long[] all = histogram.counts();
    long beyond = 0;
    for (int bin = 0; bin < histogram.usedBins(); bin++) {
      beyond += bin * histogram.binWidth() > range.threshold() ? all[bin] : 0;
    }
    return String.format(
        Locale.ROOT, "%.3g %% clipped", 100.0 * beyond / Math.max(1, histogram.finiteValues()));
  }

  private static byte[] draw(TensorRange range, Histogram histogram) throws IOException {
    int perColumn = Math.ceilDiv(histogram.usedBins(), COLUMNS);
    int columns = Math.ceilDiv(histogram.usedBins(), perColumn);
    long[] all = histogram.counts();
    double[] magnitudes = new double[columns];
    double[] counts = new double[columns];
    double most = 1;
    for (int column = 0; column < columns; column++) {
      magnitudes[column] = (column + 0.5) * perColumn * histogram.binWidth();
      for (int bin = column * perColumn;
          bin < Math.min((column + 1) * perColumn, Histogram.BINS);
          bin++) {
        counts[column] += all[bin];
      }
      most = Math.max(most, counts[column]);
      // A logarithmic axis has no zero.
      counts[column] = Math.max(counts[column], 0.5);
    }
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).build();
    Plots.style(chart.getStyler());
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setYAxisMin(0.5);
    chart.getStyler().setYAxisMax(most * 2);
    chart.getStyler().setYAxisDecimalPattern("0.#E0");
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setXAxisMax(Math.max(range.threshold(), histogram.amax()) * 1.02);
    chart.getStyler().setXAxisDecimalPattern("0.###");
    chart
        .addSeries("count", magnitudes, counts)
        .setXYSeriesRenderStyle(XYSeriesRenderStyle.StepArea)
        .setMarker(SeriesMarkers.NONE);
    chart
        .addSeries(
            "threshold",
            new double[] {range.threshold(), range.threshold()},
            new double[] {0.5, most * 2})
        .setXYSeriesRenderStyle(XYSeriesRenderStyle.Line)
        .setMarker(SeriesMarkers.NONE)
        .setLineColor(new Color(0xA8425A));
    return ChartEncoder.getBytes(chart, "png");
  }
}
