// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

import dev.quench.report.Axis;
import java.util.Locale;

/// A [LatencyDistribution] as inline SVG, with marks at the median and, where it is drawn, the 99th
/// percentile. As wide as its place.
record DistributionChart(LatencyDistribution distribution, double p50, double p99) {
  private static final double HEIGHT = 190;
  private static final double TOP = 22;
  private static final double BOTTOM = 168;

  /// Percent of the width.
  private static final double MARGIN = 1.5;

  /// Percent of the width that stay free between two steps.
  private static final double GAP = 0.3;

  String toHtml() {
    Axis axis = Axis.of(distribution.lowMillis(), distribution.highMillis(), MARGIN, 100 - MARGIN);
    long most = distribution.calls().stream().mapToLong(Long::longValue).max().orElse(1);
    StringBuilder svg = new StringBuilder();
    double step = distribution.stepMillis();
    for (int i = 0; i < distribution.calls().size(); i++) {
      double height = (BOTTOM - TOP) * distribution.calls().get(i) / Math.max(1, most);
      double left = axis.at(distribution.lowMillis() + i * step);
      double right = axis.at(distribution.lowMillis() + (i + 1) * step);
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect class=\"mark\" x=\"%.2f%%\" y=\"%.1f\" width=\"%.2f%%\" height=\"%.1f\"/>",
              left,
              BOTTOM - height,
              Math.max(GAP, right - left - GAP),
              height));
    }
    for (double mark : axis.marks()) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text class=\"faint\" x=\"%.2f%%\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
              axis.at(mark),
              HEIGHT - 6,
              anchor(axis.at(mark)),
              axis.label(mark)));
    }
    limit(svg, axis, p50, "p50");
    if (p99 <= distribution.highMillis()) {
      limit(svg, axis, p99, "p99");
    }
    return String.format(
        Locale.ROOT,
        "<figure><figcaption><b>Calls by their latency</b> <small>ms; %,d slower ones are beyond the chart</small></figcaption>\n<svg height=\"%.0f\" role=\"img\" aria-label=\"Calls by their latency\">%s</svg></figure>\n",
        distribution.beyond(),
        HEIGHT,
        svg);
  }

  private static void limit(StringBuilder svg, Axis axis, double millis, String name) {
    double x = Math.clamp(axis.at(millis), MARGIN, 100 - MARGIN);
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"limit\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"%2$.1f\" y2=\"%3$.1f\"/><text x=\"%1$.2f%%\" y=\"14\" text-anchor=\"%4$s\">%5$s %6$.3f</text>",
            x,
            TOP - 4,
            BOTTOM,
            anchor(x),
            name,
            millis));
  }

  private static String anchor(double x) {
    return x < 12 ? "start" : x > 86 ? "end" : "middle";
  }
}
