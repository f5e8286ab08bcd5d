// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

import dev.quench.Printable;
import dev.quench.report.Axis;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// When each layer of one run ran, a row a layer, as inline SVG.
///
/// @param spans at least one
record TimelineChart(List<LayerSpan> spans) {
  /// More rows would be a long page; the longest are kept.
  private static final int MOST = 60;

  private static final int LONGEST_NAME = 34;
  private static final double WIDTH = 360;
  private static final double MARGIN = 4;
  private static final double ROW = 30;

  String toHtml() {
    List<LayerSpan> shown =
        spans.stream()
            .sorted(Comparator.comparingDouble(LayerSpan::millis).reversed())
            .limit(MOST)
            .sorted(Comparator.comparingDouble(LayerSpan::startMillis))
            .toList();
    double end =
        spans.stream().mapToDouble(span -> span.startMillis() + span.millis()).max().orElse(1);
    Axis axis = Axis.of(0, end, MARGIN, WIDTH - MARGIN);
    double height = shown.size() * ROW + 18;
    StringBuilder svg = new StringBuilder();
    for (double mark : axis.marks()) {
      append(
          svg,
          "<line class=\"grid\" x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"0\" y2=\"%2$.1f\"/><text class=\"faint\" x=\"%1$.1f\" y=\"%3$.1f\" text-anchor=\"%4$s\">%5$s</text>",
          axis.at(mark),
          height - 16,
          height - 4,
          axis.at(mark) < 20 ? "start" : axis.at(mark) > WIDTH - 20 ? "end" : "middle",
          axis.label(mark));
    }
    for (int i = 0; i < shown.size(); i++) {
      LayerSpan span = shown.get(i);
      append(
          svg,
          "<text x=\"%.1f\" y=\"%.1f\">%s</text><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.3f ms</text><rect class=\"mark\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"8\" rx=\"2\"/>",
          MARGIN,
          i * ROW + 13,
          Printable.escapeHtml(shortened(span.layer())),
          WIDTH - MARGIN,
          i * ROW + 13,
          span.millis(),
          axis.at(span.startMillis()),
          i * ROW + 18,
          Math.max(1, span.millis() / end * (WIDTH - 2 * MARGIN)));
    }
    return String.format(
        Locale.ROOT,
        "<p class=\"lead\">The last run, in milliseconds from its first layer%s.</p>\n<figure><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"When each layer ran\">%s</svg></figure>\n",
        shown.size() < spans.size()
            ? "; the %d longest of %,d layers".formatted(shown.size(), spans.size())
            : "",
        WIDTH,
        height,
        svg);
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME
        ? name
        : name.substring(0, LONGEST_NAME - 14) + "…" + name.substring(name.length() - 13);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private static void append(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments));
  }
}
