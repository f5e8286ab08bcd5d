// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.training;

import dev.quench.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// Figures by epoch as lines.
///
/// @param lines at most four; those without values are left out
record LineChart(String title, List<Line> lines, OptionalInt kept) {
  /// The most points that still get a mark each.
  private static final int MARKED = 60;

  /// @param values one for each epoch, NaN where there is none
  record Line(String name, List<Double> values) {
    boolean isEmpty() {
      return values.stream().allMatch(value -> value.isNaN());
    }
  }

  /// Empty if no line has values.
  String toHtml() {
    List<Line> drawn = lines.stream().filter(line -> !line.isEmpty()).toList();
    if (drawn.isEmpty()) {
      return "";
    }
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    int epochs = 0;
    for (Line line : drawn) {
      epochs = Math.max(epochs, line.values().size());
      for (double value : line.values()) {
        low = Double.isNaN(value) ? low : Math.min(low, value);
        high = Double.isNaN(value) ? high : Math.max(high, value);
      }
    }
    double margin = 0.05 * (high - low);
    Chart chart = new Chart(title, epochs, low - (low == 0 ? 0 : margin), high + margin, false);
    chart.mark(kept);
    List<String> legend = new ArrayList<>();
    for (int i = 0; i < drawn.size(); i++) {
      Line line = drawn.get(i);
      draw(chart, line, i);
      if (drawn.size() > 1) {
        legend.add(
            " <span class=\"key s%d\">%s</span>".formatted(i, Printable.escapeHtml(line.name())));
      }
    }
    return chart.toHtml(legend);
  }

  private static void draw(Chart chart, Line line, int index) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < line.values().size(); i++) {
      double value = line.values().get(i);
      if (!Double.isNaN(value)) {
        points.append(
            String.format(Locale.ROOT, "%.1f,%.1f ", chart.across.at(i + 1), chart.up.at(value)));
      }
    }
    chart.add("<polyline class=\"s%d\" points=\"%s\"/>", index, points.toString().strip());
    for (int i = 0; line.values().size() <= MARKED && i < line.values().size(); i++) {
      double value = line.values().get(i);
      if (!Double.isNaN(value)) {
        chart.add(
            "<circle class=\"s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"><title>epoch %d, %s: %.5g</title></circle>",
            index,
            chart.across.at(i + 1),
            chart.up.at(value),
            i + 1,
            Printable.escapeHtml(line.name()),
            value);
      }
    }
  }
}
