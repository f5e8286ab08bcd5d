// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

import dev.quench.metric.Outputs;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Boxes of text from the probability map of a DB detector such as PP-OCR's, `[N, 1, H, W]`: the
/// smallest rectangle around each connected component above a threshold, grown by `area · ratio /
/// perimeter` on every side because the network was trained on shrunken regions.
///
/// Source: M. Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020,
/// section 3.6.
///
/// @param output the first if empty
/// @param threshold probability above which a pixel is text
/// @param minimumScore mean probability of a component below which it is dropped
/// @param unclipRatio how much boxes are grown
/// @param minimumSide pixels of a rectangle's shorter side, below which it is dropped
/// @param maximum largest number of boxes per image; keeps the topmost
public record TextBoxes(
    Optional<String> output,
    double threshold,
    double minimumScore,
    double unclipRatio,
    double minimumSide,
    int maximum)
    implements RegionDecoder {
  private static final String METRIC = "text boxes";

  /// The settings of PP-OCR.
  public TextBoxes() {
    this(Optional.empty(), 0.3, 0.5, 1.6, 3, 1000);
  }

  @Override
  public List<List<Polygon>> decode(Map<String, Tensor> outputs, int samples) {
    Tensor map = Outputs.choose(METRIC, output, outputs);
    Outputs.checkSamples(METRIC, map, samples, 4, "[N, 1, H, W] of probabilities");
    if (map.shape().size(1) != 1) {
      throw new IllegalArgumentException(
          METRIC + " expect one channel of probabilities, got " + map.shape());
    }
    float[] probabilities = map.toFloats();
    int height = Math.toIntExact(map.shape().size(2));
    int width = Math.toIntExact(map.shape().size(3));
    List<List<Polygon>> all = new ArrayList<>();
    for (int sample = 0; sample < samples; sample++) {
      int from = sample * height * width;
      all.add(boxes(Arrays.copyOfRange(probabilities, from, from + height * width), width));
    }
    return all;
  }

  private List<Polygon> boxes(float[] map, int width) {
    boolean[] seen = new boolean[map.length];
    int[] stack = new int[map.length];
    List<Polygon> boxes = new ArrayList<>();
    for (int start = 0; start < map.length && boxes.size() < maximum; start++) {
      if (map[start] > threshold && !seen[start]) {
        box(map, width, seen, stack, start).ifPresent(boxes::add);
      }
    }
    return boxes;
  }

  /// Collects one component in all eight directions.
  private Optional<Polygon> box(float[] map, int width, boolean[] seen, int[] stack, int start) {
    int height = map.length / width;
    int filled = 0;
    double sum = 0;
    int count = 0;
    List<Polygon.Point> points = new ArrayList<>();
    stack[filled++] = start;
    seen[start] = true;
    while (filled > 0) {
      int pixel = stack[--filled];
      int x = pixel % width;
      int y = pixel / width;
      sum += map[pixel];
      count++;
      boolean inner = true;
      for (int ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          int neighbour = ny * width + nx;
          if (!(map[neighbour] > threshold)) {
            inner = false;
          } else if (!seen[neighbour]) {
            seen[neighbour] = true;
            stack[filled++] = neighbour;
          }
        }
      }
      if (!inner || x == 0 || y == 0 || x == width - 1 || y == height - 1) {
        points.add(new Polygon.Point(x, y));
        points.add(new Polygon.Point(x + 1, y));
        points.add(new Polygon.Point(x, y + 1));
        points.add(new Polygon.Point(x + 1, y + 1));
      }
    }
    if (sum / count < minimumScore) {
      return Optional.empty();
    }
    Polygon hull = Polygon.hull(points);
    Polygon tight = hull.smallestRectangle(0);
    if (tight.shortestSide() < minimumSide) {
      return Optional.empty();
    }
    double margin = tight.area() * unclipRatio / tight.perimeter();
    return Optional.of(hull.smallestRectangle(margin));
  }
}
