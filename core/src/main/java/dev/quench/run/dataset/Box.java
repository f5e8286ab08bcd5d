// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

/// An axis-parallel rectangle in pixels, origin at the top left corner of the image; the right and
/// lower edges are exclusive, so that the area is `(x2 - x1) (y2 - y1)`.
///
/// @param x1 finite
/// @param y1 finite
/// @param x2 finite, at least `x1`
/// @param y2 finite, at least `y1`
public record Box(double x1, double y1, double x2, double y2) {
  public Box {
    if (!(x1 <= x2 && y1 <= y2) || !Double.isFinite(x2 - x1) || !Double.isFinite(y2 - y1)) {
      throw new IllegalArgumentException(
          "box from (%s, %s) to (%s, %s); expected finite corners, the first at the upper left"
              .formatted(x1, y1, x2, y2));
    }
  }

  /// Square pixels.
  public double area() {
    return (x2 - x1) * (y2 - y1);
  }

  /// Square pixels that both cover.
  public double intersection(Box other) {
    double width = Math.min(x2, other.x2) - Math.max(x1, other.x1);
    double height = Math.min(y2, other.y2) - Math.max(y1, other.y1);
    return width > 0 && height > 0 ? width * height : 0;
  }

  /// Intersection over union, 0 when both are empty.
  public double iou(Box other) {
    double common = intersection(other);
    return common == 0 ? 0 : common / (area() + other.area() - common);
  }
}
