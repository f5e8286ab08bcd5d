// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Points of two figures, in groups.
///
/// @param title of the section, plain text
/// @param lead one sentence under it, plain text
/// @param groups by the name in the legend; those without points are left out
public record ScatterPlot(
    String title, String lead, String xAxis, String yAxis, Map<String, List<Point>> groups)
    implements ReportSection {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 470;
  private static final int MARKER = 11;

  /// @param x finite, as is `y`
  public record Point(double x, double y) {}

  /// Copies the groups.
  public ScatterPlot {
    Map<String, List<Point>> copy = new LinkedHashMap<>();
    groups.forEach((name, points) -> copy.put(name, List.copyOf(points)));
    groups = copy;
  }

  @Override
  public String toHtml() {
    StringBuilder html =
        new StringBuilder("<p class=\"lead\">").append(Printable.escapeHtml(lead)).append("</p>\n");
    if (groups.values().stream().allMatch(List::isEmpty)) {
      return html.append("<p>No points to draw.</p>\n").toString();
    }
    try {
      html.append("<figure><img alt=\"Scatter plot of ")
          .append(Printable.escapeHtml(yAxis))
          .append(" against ")
          .append(Printable.escapeHtml(xAxis))
          .append("\" src=\"data:image/png;base64,")
          .append(draw())
          .append("\"></figure>\n");
    } catch (IOException | LinkageError | InternalError e) {
      html.append("<p>The plot could not be drawn: ")
          .append(Printable.escapeHtml(String.valueOf(e.getMessage())))
          .append(". Install a font and fontconfig, then create the report again.</p>\n");
    }
    return html.toString();
  }

  private String draw() throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle(xAxis)
            .yAxisTitle(yAxis)
            .build();
    Plots.style(chart.getStyler());
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(MARKER);
    groups.forEach((name, points) -> {
      if (!points.isEmpty()) {
        chart
            .addSeries(
                name,
                points.stream().mapToDouble(Point::x).toArray(),
                points.stream().mapToDouble(Point::y).toArray())
            .setMarker(SeriesMarkers.CIRCLE);
      }
    });
    return Plots.png(chart);
  }
}
