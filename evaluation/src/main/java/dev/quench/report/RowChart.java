// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;
import java.util.List;
import java.util.Locale;

/// Figures of variants as inline SVG, one row each: its name and value as text, below them a bar or
/// a point with its interval. As wide as its place, with text of one size; no label of a row is
/// left out on a phone.
///
/// @param title plain text
/// @param note what is drawn, plain text
/// @param rows at least one
/// @param fromZero whether rows are bars from 0; else points on an axis around their intervals
public record RowChart(String title, String note, List<Row> rows, boolean fromZero) {
  private static final double ROW = 40;

  /// Percent of the width.
  private static final double MARGIN = 2;

  /// Percent of the width, so that the smallest figures are seen.
  private static final double LEAST = 0.3;

  /// Characters of name and value together, which a phone shows in one line.
  private static final int LINE = 46;

  private static final int SHORTEST_NAME = 16;

  /// @param text the value with its unit
  /// @param low lower end of what is marked around or behind the value
  /// @param high upper end
  public record Row(String name, String text, double value, double low, double high) {}

  public RowChart {
    rows = List.copyOf(rows);
  }

  /// A figure with its caption.
  public String toHtml() {
    double least = rows.stream().mapToDouble(Row::low).min().orElse(0);
    double most = rows.stream().mapToDouble(Row::high).max().orElse(1);
    double margin = fromZero ? 0 : Math.max((most - least) * 0.08, 1e-6);
    Axis axis =
        Axis.of(
            fromZero ? 0 : least - margin,
            most + margin,
            fromZero ? 0 : MARGIN,
            fromZero ? 100 : 100 - MARGIN);
    double height = rows.size() * ROW + (fromZero ? 2 : 18);
    StringBuilder svg = new StringBuilder();
    if (!fromZero) {
      for (double mark : axis.marks()) {
        append(
            svg,
            "<line class=\"grid\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"0\" y2=\"%2$.1f\"/><text class=\"faint\" x=\"%1$.2f%%\" y=\"%3$.1f\" text-anchor=\"%4$s\">%5$s</text>\n",
            axis.at(mark),
            height - 16,
            height - 4,
            anchor(axis.at(mark)),
            axis.label(mark));
      }
    }
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), axis, i * ROW);
    }
    String heading = Printable.escapeHtml(title);
    return String.format(
        Locale.ROOT,
        "<figure><figcaption><b>%s</b> <small>%s</small></figcaption>\n<svg height=\"%.0f\" role=\"img\" aria-label=\"%s\">\n%s</svg></figure>\n",
        heading,
        Printable.escapeHtml(note),
        height,
        heading,
        svg);
  }

  private static String anchor(double x) {
    return x < 5 ? "start" : x > 95 ? "end" : "middle";
  }

  private void row(StringBuilder svg, Row row, Axis axis, double top) {
    append(
        svg,
        "<text y=\"%.1f\">%s<title>%s</title></text><text x=\"100%%\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
        top + 14,
        Printable.escapeHtml(shortened(row.name(), LINE - row.text().length())),
        Printable.escapeHtml(row.name()),
        top + 14,
        Printable.escapeHtml(row.text()));
    double middle = top + 27;
    if (fromZero) {
      append(
          svg,
          "<rect class=\"bar\" y=\"%.1f\" width=\"%.2f%%\" height=\"10\" rx=\"2\"/><rect class=\"mark\" y=\"%.1f\" width=\"%.2f%%\" height=\"10\" rx=\"2\"/>\n",
          middle - 5,
          Math.max(LEAST, axis.at(row.high())),
          middle - 5,
          Math.max(LEAST, axis.at(row.value())));
    } else {
      append(
          svg,
          "<line class=\"whisker\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%3$.1f\" y2=\"%3$.1f\"/><circle class=\"mark\" cx=\"%4$.2f%%\" cy=\"%3$.1f\" r=\"5\"/>\n",
          axis.at(row.low()),
          axis.at(row.high()),
          middle,
          axis.at(row.value()));
    }
  }

  /// Keeps both ends, where variants differ.
  private static String shortened(String name, int room) {
    int longest = Math.max(SHORTEST_NAME, room);
    int tail = longest / 3;
    return name.length() <= longest
        ? name
        : name.substring(0, longest - tail - 1) + "…" + name.substring(name.length() - tail);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private static void append(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments));
  }
}
