// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.training;

import dev.quench.Printable;
import dev.quench.report.Axis;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// The frame of a chart over epochs as inline SVG: grid, marks and labels. Small enough that its
/// text is legible on a telephone.
final class Chart {
  static final double WIDTH = 360;
  static final double HEIGHT = 210;
  private static final double LEFT = 44;
  private static final double RIGHT = 350;
  private static final double TOP = 12;
  private static final double BOTTOM = 176;

  private final StringBuilder svg = new StringBuilder(1 << 12);
  private final String title;
  private final int epochs;
  final Axis across;
  final Axis up;

  /// @param columns whether each epoch takes a column instead of a point
  Chart(String title, int epochs, double low, double high, boolean columns) {
    this.title = title;
    this.epochs = epochs;
    double margin = columns ? 0.5 : epochs > 1 ? 0 : 0.5;
    this.across = Axis.of(1 - margin, epochs + margin, LEFT, RIGHT);
    this.up = Axis.of(low, high, BOTTOM, TOP);
    grid();
  }

  private void grid() {
    for (double mark : up.marks()) {
      double y = up.at(mark);
      add(
          "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
          LEFT, RIGHT, y, y);
      add(
          "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
          LEFT - 5, y + 3.5, up.label(mark));
    }
    int step = Math.max(1, (int) Math.ceil(epochs / 8.0));
    for (int epoch = step == 1 ? 1 : step; epoch <= epochs; epoch += step) {
      add(
          "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d</text>",
          across.at(epoch), BOTTOM + 14, epoch);
    }
    add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">epoch</text>",
        (LEFT + RIGHT) / 2, BOTTOM + 29);
  }

  /// A dashed line at the epoch whose network was kept.
  void mark(OptionalInt kept) {
    if (kept.isPresent()) {
      double x = across.at(kept.getAsInt());
      add(
          "<line class=\"kept\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"><title>kept: epoch %d</title></line>",
          x, x, TOP, BOTTOM, kept.getAsInt());
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  void add(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  /// The chart with its heading.
  ///
  /// @param legend HTML behind the heading
  String toHtml(List<String> legend) {
    String text = Printable.escapeHtml(title);
    return "<figure><figcaption>%s%s</figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s by epoch\">\n%s</svg></figure>\n"
        .formatted(text, String.join("", legend), WIDTH, HEIGHT, text, svg);
  }
}
