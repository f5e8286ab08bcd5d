// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Points of two figures, in groups.
///
/// @param title of the section, plain text
/// @param lead one sentence under it, plain text
/// @param groups by the name in the legend; those without points are left out
public record ScatterPlot(
    String title, String lead, String xAxis, String yAxis, Map<String, List<Point>> groups)
    implements ReportSection {
  private static final int WIDTH = 360;
  private static final int HEIGHT = 250;
  private static final int BOTTOM = 212;
  private static final int LEFT = 48;
  private static final int COLORS = 4;

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
    return html.append("<figure>")
        .append(legend())
        .append("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"".formatted(WIDTH, HEIGHT))
        .append(Printable.escapeHtml(yAxis + " against " + xAxis))
        .append("\">\n")
        .append(draw())
        .append("</svg></figure>\n")
        .toString();
  }

  private String legend() {
    StringBuilder html = new StringBuilder("<figcaption>");
    int index = 0;
    for (Map.Entry<String, List<Point>> group : groups.entrySet()) {
      if (!group.getValue().isEmpty()) {
        html.append(
            "<svg style=\"display:inline;width:12px\" viewBox=\"0 0 12 12\"><circle class=\"g%d\" cx=\"6\" cy=\"6\" r=\"5\"/></svg> %s (%d) "
                .formatted(
                    index % COLORS, Printable.escapeHtml(group.getKey()), group.getValue().size()));
      }
      index++;
    }
    return html.append("</figcaption>").toString();
  }

  private String draw() {
    List<Point> all = groups.values().stream().flatMap(List::stream).toList();
    Axis across = axis(all.stream().mapToDouble(Point::x).toArray(), LEFT, WIDTH - 8);
    Axis up = axis(all.stream().mapToDouble(Point::y).toArray(), BOTTOM, 8);
    StringBuilder svg = new StringBuilder();
    for (double mark : up.marks()) {
      append(
          svg,
          "<line class=\"grid\" x1=\"%1$d\" x2=\"%2$d\" y1=\"%3$.1f\" y2=\"%3$.1f\"/><text class=\"faint\" x=\"%4$d\" y=\"%5$.1f\" text-anchor=\"end\">%6$s</text>\n",
          LEFT,
          WIDTH - 8,
          up.at(mark),
          LEFT - 4,
          up.at(mark) + 4,
          up.label(mark));
    }
    for (double mark : across.marks()) {
      append(
          svg,
          "<text class=\"faint\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
          across.at(mark),
          BOTTOM + 14,
          across.label(mark));
    }
    append(
        svg,
        "<text class=\"faint\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s, up: %s</text>\n",
        WIDTH - 8,
        HEIGHT - 4,
        Printable.escapeHtml(xAxis),
        Printable.escapeHtml(yAxis));
    int index = 0;
    for (List<Point> points : groups.values()) {
      for (Point point : points) {
        append(
            svg,
            "<circle class=\"g%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"><title>%.4g, %.4g</title></circle>\n",
            index % COLORS,
            across.at(point.x()),
            up.at(point.y()),
            point.x(),
            point.y());
      }
      index++;
    }
    return svg.toString();
  }

  private static Axis axis(double[] values, double from, double to) {
    double low = Arrays.stream(values).min().orElse(0);
    double high = Arrays.stream(values).max().orElse(1);
    double margin = 0.06 * (high - low);
    return Axis.of(low - margin, high + margin, from, to);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private static void append(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments));
  }
}
