// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

import dev.quench.Printable;
import dev.quench.report.Axis;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// When each layer of one run ran, a row a layer, as inline SVG as wide as its place.
///
/// @param spans at least one
/// @param lead what they are, plain text without a stop at its end
record TimelineChart(List<LayerSpan> spans, String lead) {
  /// More rows would be a long page; the longest are kept.
  private static final int MOST = 60;

  private static final int LONGEST_NAME = 34;
  private static final double ROW = 30;

  /// Percent of the width, so that the shortest layers are seen.
  private static final double LEAST = 0.3;

  String toHtml() {
    List<LayerSpan> shown =
        spans.stream()
            .sorted(Comparator.comparingDouble(LayerSpan::millis).reversed())
            .limit(MOST)
            .sorted(Comparator.comparingDouble(LayerSpan::startMillis))
            .toList();
    double end =
        spans.stream().mapToDouble(span -> span.startMillis() + span.millis()).max().orElse(1);
    Axis axis = Axis.of(0, end, 0, 100);
    double height = shown.size() * ROW + 18;
    StringBuilder svg = new StringBuilder();
    for (double mark : axis.marks()) {
      append(
          svg,
          "<line class=\"grid\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"0\" y2=\"%2$.1f\"/><text class=\"faint\" x=\"%1$.2f%%\" y=\"%3$.1f\" text-anchor=\"%4$s\">%5$s</text>",
          axis.at(mark),
          height - 16,
          height - 4,
          axis.at(mark) < 5 ? "start" : axis.at(mark) > 95 ? "end" : "middle",
          axis.label(mark));
    }
    for (int i = 0; i < shown.size(); i++) {
      LayerSpan span = shown.get(i);
      append(
          svg,
          "<text y=\"%.1f\">%s<title>%s</title></text><text x=\"100%%\" y=\"%.1f\" text-anchor=\"end\">%.3f ms</text><rect class=\"mark\" x=\"%.2f%%\" y=\"%.1f\" width=\"%.2f%%\" height=\"8\" rx=\"2\"/>",
          i * ROW + 13,
          Printable.escapeHtml(shortened(span.layer())),
          Printable.escapeHtml(span.layer()),
          i * ROW + 13,
          span.millis(),
          axis.at(span.startMillis()),
          i * ROW + 18,
          Math.max(LEAST, 100 * span.millis() / end));
    }
    return String.format(
        Locale.ROOT,
        "<p class=\"lead\">%s%s.</p>\n<figure><svg height=\"%.0f\" role=\"img\" aria-label=\"When each layer ran\">%s</svg></figure>\n",
        Printable.escapeHtml(lead),
        shown.size() < spans.size()
            ? "; the %d longest of %,d layers".formatted(shown.size(), spans.size())
            : "",
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
