// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.cost;

import dev.quench.Printable;
import dev.quench.cost.RegionCost;
import dev.quench.cost.Roofline;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Regions under the roofline of a machine, both axes logarithmic: across the arithmetic intensity,
/// up the FLOPs a second that it allows. The area of a point is its share of the least time; the
/// largest are numbered and named below.
record RooflineChart(List<RegionCost> regions, Roofline machine) {
  private static final int LABELLED = 10;
  private static final double WIDTH = 380;
  private static final double LEFT = 52;
  private static final double RIGHT = 366;
  private static final double TOP = 14;
  private static final double BOTTOM = 236;
  private static final double HEIGHT = 274;
  private static final double LARGEST_RADIUS = 16;
  private static final double LABEL_HEIGHT = 13;

  /// A logarithmic axis.
  private record Scale(double low, double high, double from, double to) {
    double at(double value) {
      return from + (Math.log10(value) - low) / (high - low) * (to - from);
    }
  }

  private record Place(double x, double y) {}

  String toHtml() {
    List<RegionCost> drawn =
        regions.stream()
            .filter(region -> region.arithmeticIntensity() > 0)
            .sorted(Comparator.comparingDouble(machine::seconds).reversed())
            .toList();
    if (drawn.isEmpty()) {
      return "";
    }
    double least = machine.ridge();
    double most = machine.ridge();
    for (RegionCost region : drawn) {
      least = Math.min(least, region.arithmeticIntensity());
      most = Math.max(most, region.arithmeticIntensity());
    }
    Scale across =
        new Scale(Math.floor(Math.log10(least)), Math.ceil(Math.log10(most) + 0.05), LEFT, RIGHT);
    double peak = Math.log10(machine.peakFlopsPerSecond());
    Scale up =
        new Scale(Math.log10(attainable(Math.pow(10, across.low()))), peak + 0.25, BOTTOM, TOP);
    StringBuilder svg = new StringBuilder(1 << 12);
    grid(svg, across, up);
    double seconds = drawn.stream().mapToDouble(machine::seconds).sum();
    for (RegionCost region : drawn) {
      double share = machine.seconds(region) / seconds;
      add(
          svg,
          "<circle class=\"g%d\" fill-opacity=\".55\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s: %s FLOPs a byte, %s of the least time</title></circle>",
          machine.bound(region) == Roofline.Bound.MEMORY ? 2 : 0,
          across.at(region.arithmeticIntensity()),
          up.at(attainable(region.arithmeticIntensity())),
          Math.max(2.2, LARGEST_RADIUS * Math.sqrt(share)),
          Printable.escapeHtml(region.name()),
          Quantity.of(region.arithmeticIntensity(), ""),
          Quantity.percent(share));
    }
    List<RegionCost> named = drawn.subList(0, Math.min(LABELLED, drawn.size()));
    label(svg, named, across, up);
    return "<figure><figcaption>Roofline: what limits each region <small>— %s FLOP/s, %sB/s, ridge at %s FLOPs a byte; the area is the share of the least time; <span class=\"memory\">memory</span> or <span class=\"compute\">arithmetic</span> bound</small></figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"Roofline plot\">\n%s</svg>\n%s</figure>\n"
        .formatted(
            Quantity.of(machine.peakFlopsPerSecond(), ""),
            Quantity.of(machine.bytesPerSecond(), ""),
            Quantity.of(machine.ridge(), ""),
            WIDTH,
            HEIGHT,
            svg,
            legend(named, seconds));
  }

  private double attainable(double intensity) {
    return Math.min(machine.peakFlopsPerSecond(), intensity * machine.bytesPerSecond());
  }

  private void grid(StringBuilder svg, Scale across, Scale up) {
    int step = Math.max(1, (int) Math.ceil((across.high() - across.low()) / 7));
    for (double power = across.low(); power <= across.high() + 1e-9; power += step) {
      double x = across.at(Math.pow(10, power));
      add(
          svg,
          "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"faint\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
          x,
          x,
          TOP,
          BOTTOM,
          x,
          BOTTOM + 15,
          power(power));
    }
    int rise = Math.max(1, (int) Math.ceil((up.high() - up.low()) / 6));
    for (double power = Math.ceil(up.low()); power <= up.high(); power += rise) {
      double y = up.at(Math.pow(10, power));
      add(
          svg,
          "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"faint\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
          LEFT,
          RIGHT,
          y,
          y,
          LEFT - 5,
          y + 4,
          power(power));
    }
    add(
        svg,
        "<polyline class=\"limit\" fill=\"none\" points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>",
        LEFT,
        up.at(attainable(Math.pow(10, across.low()))),
        across.at(machine.ridge()),
        up.at(machine.peakFlopsPerSecond()),
        RIGHT,
        up.at(machine.peakFlopsPerSecond()));
    add(
        svg,
        "<text class=\"faint\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">FLOPs a byte (up: FLOPs a second)</text>",
        (LEFT + RIGHT) / 2,
        BOTTOM + 32);
  }

  private static String power(double power) {
    return power >= 0
        ? Quantity.power((int) power)
        : String.format(Locale.ROOT, "%." + (int) -power + "f", Math.pow(10, power));
  }

  /// Numbers hang below their points, each where no other one is.
  private void label(StringBuilder svg, List<RegionCost> named, Scale across, Scale up) {
    List<Place> taken = new ArrayList<>();
    for (int i = 0; i < named.size(); i++) {
      double intensity = named.get(i).arithmeticIntensity();
      double x = across.at(intensity);
      double y = up.at(attainable(intensity));
      Place place = new Place(x, y + 26);
      while (isTaken(place, taken) && place.y() < BOTTOM - LABEL_HEIGHT) {
        place = new Place(x, place.y() + LABEL_HEIGHT);
      }
      taken.add(place);
      add(
          svg,
          "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d</text>",
          x,
          x,
          y,
          place.y() - 10,
          x,
          place.y(),
          i + 1);
    }
  }

  private static boolean isTaken(Place place, List<Place> taken) {
    return taken.stream()
        .anyMatch(other ->
            Math.abs(other.x() - place.x()) < 15
                && Math.abs(other.y() - place.y()) < LABEL_HEIGHT - 0.1);
  }

  private String legend(List<RegionCost> named, double seconds) {
    StringBuilder list = new StringBuilder("<ol class=\"legend\">\n");
    for (RegionCost region : named) {
      list.append("<li>")
          .append(Printable.escapeHtml(region.name()))
          .append(" <small>")
          .append(Quantity.percent(machine.seconds(region) / seconds))
          .append(", ")
          .append(Quantity.of(region.arithmeticIntensity(), ""))
          .append(" FLOPs a byte</small></li>\n");
    }
    return list.append("</ol>\n").toString();
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private static void add(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
