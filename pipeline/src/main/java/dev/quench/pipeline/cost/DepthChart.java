// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.cost;

import dev.quench.Printable;
import dev.quench.cost.RegionCost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/// The network from its input down to its output, a row for each region, with bars of FLOPs, bytes
/// and parameters.
///
/// @param regions in an order in which they run; those that cost nothing are left out
record DepthChart(List<RegionCost> regions) {
  private static final int MOST_ROWS = 150;
  private static final int NAME_LETTERS = 19;
  private static final double WIDTH = 380;
  private static final double NAMES = 128;
  private static final double COLUMN = 84;
  private static final double BAR = 50;
  private static final double HEAD = 24;
  private static final double ROW = 17;

  private record Track(String title, String style, ToLongFunction<RegionCost> cost) {}

  private static final List<Track> TRACKS =
      List.of(
          new Track("FLOPs", "g0", RegionCost::flops),
          new Track("bytes", "g2", RegionCost::bytesMoved),
          new Track("parameters", "g3", RegionCost::parameters));

  /// Neighbours that share a row.
  private record Row(List<RegionCost> regions) {
    String name() {
      String first = regions.getFirst().name();
      return regions.size() == 1 ? first : first + " …";
    }

    String title() {
      List<String> lines = new ArrayList<>();
      regions.forEach(region -> lines.add(region.name() + ": " + region.ops()));
      return String.join("\n", lines);
    }

    long cost(Track track) {
      return regions.stream().mapToLong(track.cost()).sum();
    }
  }

  String toHtml() {
    List<RegionCost> drawn =
        regions.stream()
            .filter(region -> region.flops() + region.bytesMoved() + region.parameters() > 0)
            .toList();
    if (drawn.isEmpty()) {
      return "";
    }
    int each = Math.ceilDiv(drawn.size(), MOST_ROWS);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < drawn.size(); i += each) {
      rows.add(new Row(drawn.subList(i, Math.min(drawn.size(), i + each))));
    }
    StringBuilder svg = new StringBuilder(1 << 14);
    for (int i = 0; i < TRACKS.size(); i++) {
      draw(svg, TRACKS.get(i), NAMES + i * COLUMN, rows);
    }
    for (int i = 0; i < rows.size(); i++) {
      add(
          svg,
          "<text x=\"0\" y=\"%.1f\" class=\"faint\">%s<title>%s</title></text>",
          HEAD + i * ROW + 12,
          Printable.escapeHtml(shortened(rows.get(i).name())),
          Printable.escapeHtml(rows.get(i).title()));
    }
    String merged = each == 1 ? "" : " (%d neighbours a row)".formatted(each);
    return "<figure><figcaption>Share of the cost by region, from the input down%s</figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"Share of FLOPs, bytes and parameters of each region\">\n%s</svg></figure>\n"
        .formatted(merged, WIDTH, HEAD + rows.size() * ROW + 4, svg);
  }

  private static void draw(StringBuilder svg, Track track, double left, List<Row> rows) {
    long total = 0;
    long most = 0;
    for (Row row : rows) {
      total += row.cost(track);
      most = Math.max(most, row.cost(track));
    }
    add(
        svg,
        "<text x=\"%.1f\" y=\"12\">%s</text><line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
        left,
        track.title(),
        left,
        left,
        HEAD - 4,
        HEAD + rows.size() * ROW);
    for (int i = 0; i < rows.size(); i++) {
      long cost = rows.get(i).cost(track);
      if (cost == 0) {
        continue;
      }
      double width = Math.max(0.5, BAR * cost / most);
      double top = HEAD + i * ROW + 2;
      double share = (double) cost / total;
      add(
          svg,
          "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s: %s %s, %s</title></rect>",
          track.style(),
          left,
          top,
          width,
          ROW - 5,
          Printable.escapeHtml(rows.get(i).name()),
          Quantity.of(cost, ""),
          track.title(),
          Quantity.percent(share));
      if (share >= 0.04) {
        add(
            svg,
            "<text class=\"faint\" x=\"%.1f\" y=\"%.1f\">%.0f %%</text>",
            left + width + 3,
            top + 10,
            100 * share);
      }
    }
  }

  /// Keeps the end, by which nodes of one block differ.
  private static String shortened(String name) {
    return name.length() <= NAME_LETTERS
        ? name
        : "…" + name.substring(name.length() - NAME_LETTERS + 1);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private static void add(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
