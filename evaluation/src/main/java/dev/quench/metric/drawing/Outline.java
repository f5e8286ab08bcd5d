// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.drawing;

import dev.quench.run.dataset.Box;
import java.util.List;

/// A region of an image to draw: its corners in order, and a label.
///
/// @param corners in pixels of the image, at least two; joined, the last with the first
/// @param label drawn at the topmost corner; empty for none
/// @param index colour by [Palette], 0 to 255
public record Outline(List<Corner> corners, String label, int index) {
  /// A point in pixels, `y` downwards.
  public record Corner(double x, double y) {}

  public Outline {
    corners = List.copyOf(corners);
    if (corners.size() < 2) {
      throw new IllegalArgumentException("an outline of %d corners".formatted(corners.size()));
    }
  }

  public static Outline of(Box box, String label, int index) {
    return new Outline(
        List.of(
            new Corner(box.x1(), box.y1()),
            new Corner(box.x2(), box.y1()),
            new Corner(box.x2(), box.y2()),
            new Corner(box.x1(), box.y2())),
        label,
        index);
  }
}
