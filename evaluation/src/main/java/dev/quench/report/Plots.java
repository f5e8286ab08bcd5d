// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws an [EvaluationReport] as PNG images.
final class Plots {
  /// @param alternative text that describes the image
  /// @param png the image, in Base64
  record Plot(String title, String alternative, String png) {}

  private static final int WIDTH = 800;
  private static final int HEIGHT = 470;

  private final List<EvaluationResult> results;

  Plots(EvaluationReport report) {
    this.results = report.results();
  }

  /// All plots for which the results hold data.
  ///
  /// @throws IOException if an image cannot be encoded
  List<Plot> draw() throws IOException {
    List<Plot> plots = new ArrayList<>();
    Optional<String> score =
        results.stream().flatMap(result -> result.scores().keySet().stream()).findFirst();
    if (score.isPresent()) {
      plots.add(accuracyAgainstSize(score.get()));
    }
    plots.add(latency());
    plots.add(throughput());
    return plots;
  }

  private Plot accuracyAgainstSize(String key) throws IOException {
    String label = ScoreText.label(key);
    boolean share = ScoreText.isShare(key);
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle("size, kB")
            .yAxisTitle(share ? label + ", %" : label)
            .build();
    style(chart.getStyler());
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(22);
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double largest = 0;
    int index = 0;
    for (EvaluationResult result : results) {
      Double score = result.scores().get(key);
      if (score == null) {
        continue;
      }
      double shown = share ? 100 * score : score;
      low = Math.min(low, shown);
      high = Math.max(high, shown);
      largest = Math.max(largest, result.sizeBytes() / 1e3);
      chart
          .addSeries(
              index++ + 1 + "  " + name(result),
              new double[] {result.sizeBytes() / 1e3},
              new double[] {shown})
          .setMarker(SeriesMarkers.CIRCLE);
    }
    XYStyler styler = chart.getStyler();
    double margin = Math.max(share ? 0.25 : 1e-3, 0.3 * (high - low));
    styler.setYAxisMin(share ? Math.max(0, low - margin) : low - margin);
    styler.setYAxisMax(share ? Math.min(100, high + margin) : high + margin);
    styler.setXAxisMin(0.0);
    styler.setXAxisMax(largest * 1.15);
    styler.setYAxisDecimalPattern(share ? "0.00" : "0.0000");
    styler.setXAxisDecimalPattern("#,##0");
    return new Plot(
        label + " against size",
        "Scatter plot of " + label + " against file size, one point per variant",
        png(chart));
  }

  private Plot latency() throws IOException {
    CategoryChart chart = bars("latency of one sample, ms", "0.00");
    List<String> names = names();
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.addSeries("p50", names, latencies(LatencySummary::p50));
    chart.addSeries("p90", names, latencies(LatencySummary::p90));
    chart.addSeries("p99", names, latencies(LatencySummary::p99));
    return new Plot(
        "Latency of one sample",
        "Bars of the 50th, 90th and 99th percentile of latency, one group per variant",
        png(chart));
  }

  private Plot throughput() throws IOException {
    CategoryChart chart = bars("samples per second", "#,##0");
    chart.getStyler().setLegendVisible(false);
    chart.addSeries(
        "samples per second",
        names(),
        results.stream().map(EvaluationResult::throughputPerSecond).toList());
    return new Plot(
        "Throughput",
        "Bars of samples per second at the evaluation's batch size, one per variant",
        png(chart));
  }

  private List<Double> latencies(ToDoubleFunction<LatencySummary> percentile) {
    return results.stream()
        .map(result -> percentile.applyAsDouble(result.latencyMillis()))
        .toList();
  }

  private CategoryChart bars(String axis, String pattern) {
    CategoryChart chart =
        new CategoryChartBuilder().width(WIDTH).height(HEIGHT).yAxisTitle(axis).build();
    style(chart.getStyler());
    chart.getStyler().setAvailableSpaceFill(0.6);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setYAxisDecimalPattern(pattern);
    chart.getStyler().setLabelsVisible(true);
    chart.getStyler().setLabelsFont(font(15));
    chart.getStyler().setXAxisLabelRotation(results.size() > 4 ? 20 : 0);
    return chart;
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    for (EvaluationResult result : results) {
      String name = name(result);
      names.add(names.contains(name) ? name + " (" + (names.size() + 1) + ")" : name);
    }
    return names;
  }

  private static String name(EvaluationResult result) {
    String model = result.model().replaceAll("\\p{Cntrl}", "?");
    String shown = model.length() > 28 ? model.substring(0, 27) + "…" : model;
    return shown + ", " + result.backend() + " " + result.precision();
  }

  static void style(Styler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setChartTitleVisible(false);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setLegendPosition(LegendPosition.OutsideS);
    styler.setLegendFont(font(16));
    styler.setSeriesColors(
        new Color[] {
          new Color(0x2F5D8A),
          new Color(0xD9822B),
          new Color(0x3A8F5C),
          new Color(0xA8425A),
          new Color(0x6D5BA8),
          new Color(0x5F6B73)
        });
    if (styler instanceof AxesChartStyler axes) {
      axes.setAxisTitleFont(font(17));
      axes.setAxisTickLabelsFont(font(15));
      axes.setPlotGridLinesColor(new Color(0xDDDDDD));
      axes.setPlotGridLinesStroke(new BasicStroke(1));
      axes.setPlotGridVerticalLinesVisible(false);
    }
  }

  private static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  /// In Base64.
  static String png(Chart<?, ?> chart) throws IOException {
    return Base64.getEncoder().encodeToString(ChartEncoder.getBytes(chart, "png"));
  }
}
