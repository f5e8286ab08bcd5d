// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A convex polygon with its corners ordered from the x axis towards the y axis. Immutable.
///
/// @param corners in order around the polygon; convexity is not checked
public record Polygon(List<Point> corners) {
  /// A point in pixels, `y` downwards.
  public record Point(double x, double y) {
    double cross(Point a, Point b) {
      return (a.x - x) * (b.y - y) - (a.y - y) * (b.x - x);
    }
  }

  public Polygon {
    corners = List.copyOf(signedArea(corners) < 0 ? corners.reversed() : corners);
  }

  private static double signedArea(List<Point> corners) {
    double twice = 0;
    for (int i = 0; i < corners.size(); i++) {
      Point a = corners.get(i);
      Point b = corners.get((i + 1) % corners.size());
      twice += a.x * b.y - a.y * b.x;
    }
    return twice / 2;
  }

  /// The convex hull of points, without corners on straight sides (Andrew's monotone chain, 1979).
  /// For collinear points it is a line, for one point that point.
  public static Polygon hull(List<Point> points) {
    List<Point> sorted =
        points.stream()
            .sorted(Comparator.comparingDouble(Point::x).thenComparingDouble(Point::y))
            .distinct()
            .toList();
    if (sorted.size() < 3) {
      return new Polygon(sorted);
    }
    List<Point> hull = new ArrayList<>();
    half(hull, sorted, 0);
    half(hull, sorted.reversed(), hull.size() - 1);
    hull.removeLast();
    return new Polygon(hull);
  }

  private static void half(List<Point> hull, List<Point> sorted, int base) {
    for (Point point : sorted.subList(base == 0 ? 0 : 1, sorted.size())) {
      while (hull.size() >= base + 2
          && hull.get(hull.size() - 2).cross(hull.getLast(), point) <= 0) {
        hull.removeLast();
      }
      hull.add(point);
    }
  }

  /// The area in square pixels.
  public double area() {
    return signedArea(corners);
  }

  /// The intersection (Sutherland and Hodgman, 1974); without corners if it is empty.
  public Polygon intersection(Polygon other) {
    List<Point> part = corners;
    for (int i = 0; i < other.corners.size() && !part.isEmpty(); i++) {
      part = clipped(part, other.corners.get(i), other.corners.get((i + 1) % other.corners.size()));
    }
    return new Polygon(other.corners.size() < 3 ? List.of() : part);
  }

  private static List<Point> clipped(List<Point> corners, Point a, Point b) {
    List<Point> kept = new ArrayList<>();
    for (int i = 0; i < corners.size(); i++) {
      Point from = corners.get(i);
      Point to = corners.get((i + 1) % corners.size());
      double sideOfFrom = a.cross(b, from);
      double sideOfTo = a.cross(b, to);
      if (sideOfFrom >= 0) {
        kept.add(from);
      }
      if ((sideOfFrom > 0 && sideOfTo < 0) || (sideOfFrom < 0 && sideOfTo > 0)) {
        double t = sideOfFrom / (sideOfFrom - sideOfTo);
        kept.add(new Point(from.x + t * (to.x - from.x), from.y + t * (to.y - from.y)));
      }
    }
    return kept;
  }

  /// Intersection over union; 0 if both areas are 0.
  public double iou(Polygon other) {
    double common = intersection(other).area();
    double union = area() + other.area() - common;
    return union <= 0 ? 0 : common / union;
  }

  /// The rectangle of smallest area around this polygon, grown by `margin` on every side. One of
  /// its sides lies along a side of the polygon (Freeman and Shapira, 1975).
  ///
  /// @return four corners; empty for a polygon with fewer than two corners
  public Polygon smallestRectangle(double margin) {
    double least = Double.POSITIVE_INFINITY;
    Polygon best = new Polygon(List.of());
    for (int i = 0; i < corners.size(); i++) {
      Point a = corners.get(i);
      Point b = corners.get((i + 1) % corners.size());
      double length = Math.hypot(b.x - a.x, b.y - a.y);
      if (length == 0) {
        continue;
      }
      double ux = (b.x - a.x) / length;
      double uy = (b.y - a.y) / length;
      double fromU = Double.POSITIVE_INFINITY;
      double toU = Double.NEGATIVE_INFINITY;
      double fromV = Double.POSITIVE_INFINITY;
      double toV = Double.NEGATIVE_INFINITY;
      for (Point corner : corners) {
        double u = corner.x * ux + corner.y * uy;
        double v = corner.y * ux - corner.x * uy;
        fromU = Math.min(fromU, u);
        toU = Math.max(toU, u);
        fromV = Math.min(fromV, v);
        toV = Math.max(toV, v);
      }
      double area = (toU - fromU) * (toV - fromV);
      if (area < least) {
        least = area;
        best = rectangle(ux, uy, fromU - margin, fromV - margin, toU + margin, toV + margin);
      }
    }
    return best;
  }

  private static Polygon rectangle(
      double ux, double uy, double fromU, double fromV, double toU, double toV) {
    return new Polygon(
        List.of(
            point(ux, uy, fromU, fromV),
            point(ux, uy, toU, fromV),
            point(ux, uy, toU, toV),
            point(ux, uy, fromU, toV)));
  }

  private static Point point(double ux, double uy, double u, double v) {
    return new Point(u * ux - v * uy, u * uy + v * ux);
  }

  /// Length of the shortest side; 0 for fewer than two corners.
  double shortestSide() {
    double shortest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < corners.size(); i++) {
      Point a = corners.get(i);
      Point b = corners.get((i + 1) % corners.size());
      shortest = Math.min(shortest, Math.hypot(b.x - a.x, b.y - a.y));
    }
    return corners.size() < 2 ? 0 : shortest;
  }

  double perimeter() {
    double length = 0;
    for (int i = 0; i < corners.size(); i++) {
      Point a = corners.get(i);
      Point b = corners.get((i + 1) % corners.size());
      length += Math.hypot(b.x - a.x, b.y - a.y);
    }
    return length;
  }
}
