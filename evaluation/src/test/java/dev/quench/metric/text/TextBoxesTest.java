// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.metric.detection.DetectionAgreement;
import dev.quench.metric.text.Polygon.Point;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TextBoxesTest {
  private static Polygon square(double x, double y, double side) {
    return new Polygon(
        List.of(
            new Point(x, y),
            new Point(x + side, y),
            new Point(x + side, y + side),
            new Point(x, y + side)));
  }

  @Nested
  class OfPolygons {
    @Test
    void cutsConvexPolygons() {
      Polygon diamond =
          new Polygon(List.of(new Point(2, 0), new Point(4, 2), new Point(2, 4), new Point(0, 2)));

      assertThat(diamond.area()).isEqualTo(8);
      assertThat(diamond.intersection(square(0, 0, 2)).area()).isCloseTo(2, within(1e-12));
      assertThat(diamond.iou(square(0, 0, 2))).isCloseTo(2 / 10.0, within(1e-12));
      assertThat(diamond.iou(square(9, 9, 2))).isZero();
      assertThat(new Polygon(square(0, 0, 2).corners().reversed()).iou(square(1, 0, 2)))
          .as("either order of the corners")
          .isCloseTo(2 / 6.0, within(1e-12));
    }

    @Test
    void agreeWithBoxes() {
      Property.check(
          "polygons as boxes",
          200,
          (random, size) -> {
            Box one = box(random);
            Box other = box(random);

            assertThat(polygon(one).iou(polygon(other))).isCloseTo(one.iou(other), within(1e-9));
          });
    }

    private static Box box(SplittableRandom random) {
      double x = random.nextInt(10);
      double y = random.nextInt(10);
      return new Box(x, y, x + 1 + random.nextInt(9), y + 1 + random.nextInt(9));
    }

    private static Polygon polygon(Box box) {
      return new Polygon(
          List.of(
              new Point(box.x1(), box.y1()),
              new Point(box.x2(), box.y1()),
              new Point(box.x2(), box.y2()),
              new Point(box.x1(), box.y2())));
    }

    @Test
    void areSurroundedByTheirHullAndItsRectangle() {
      Property.check(
          "hull and rectangle",
          200,
          (random, size) -> {
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < 3 + size; i++) {
              points.add(new Point(random.nextInt(12), random.nextInt(7)));
            }
            Polygon hull = Polygon.hull(points);
            if (hull.area() == 0) {
              return;
            }
            Polygon rectangle = hull.smallestRectangle(0);

            assertThat(rectangle.intersection(hull).area()).isCloseTo(hull.area(), within(1e-9));
            assertThat(rectangle.area()).isBetween(hull.area() - 1e-9, 2 * hull.area() + 1e-9);
            for (Point point : points) {
              List<Point> more = new ArrayList<>(hull.corners());
              more.add(point);
              assertThat(Polygon.hull(more)).isEqualTo(hull);
            }
          });
    }

    @Test
    void haveNoHullOutOfALine() {
      assertThat(Polygon.hull(List.of(new Point(0, 0), new Point(1, 1), new Point(2, 2))).corners())
          .containsExactly(new Point(0, 0), new Point(2, 2));
      assertThat(Polygon.hull(List.of(new Point(1, 1))).smallestRectangle(1).corners()).isEmpty();
    }
  }

  /// A map of zeros with the probability given in `[x, x + width) × [y, y + height)`.
  private static float[] block(int x, int y, int width, int height, float probability) {
    float[] map = new float[20 * 30];
    for (int row = y; row < y + height; row++) {
      Arrays.fill(map, row * 30 + x, row * 30 + x + width, probability);
    }
    return map;
  }

  private static float[] sum(float[]... maps) {
    float[] sum = new float[maps[0].length];
    for (float[] map : maps) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += map[i];
      }
    }
    return sum;
  }

  private static List<Polygon> boxes(float[] map) {
    Tensor tensor = Tensor.ofFloats(Shape.of(1, 1, 20, 30), map);
    return new TextBoxes().decode(Map.of("y", tensor), 1).getFirst();
  }

  @Test
  void growsTheRectangleOfAPart() {
    List<Polygon> boxes = boxes(block(8, 6, 10, 4, 0.9f));

    double margin = 10 * 4 * 1.6 / 28;
    assertThat(boxes).hasSize(1);
    Polygon expected =
        new Polygon(
            List.of(
                new Point(8 - margin, 6 - margin),
                new Point(18 + margin, 6 - margin),
                new Point(18 + margin, 10 + margin),
                new Point(8 - margin, 10 + margin)));
    assertThat(boxes.getFirst().iou(expected)).isCloseTo(1, within(1e-9));
  }

  @Test
  void joinsPartsThatTouchAtACornerAndKeepsOthersApart() {
    assertThat(boxes(sum(block(1, 1, 5, 5, 0.9f), block(6, 6, 5, 5, 0.9f)))).hasSize(1);
    assertThat(boxes(sum(block(1, 1, 5, 5, 0.9f), block(7, 7, 5, 5, 0.9f)))).hasSize(2);
  }

  @Test
  void dropsFaintAndTinyParts() {
    assertThat(boxes(block(8, 6, 10, 4, 0.45f))).as("below the score").isEmpty();
    assertThat(boxes(block(8, 6, 10, 2, 0.9f))).as("too flat").isEmpty();
    assertThat(boxes(block(8, 6, 10, 4, 0.2f))).as("no text").isEmpty();
  }

  @Test
  void followsSlantedText() {
    float[] map = new float[20 * 30];
    for (int i = 0; i < 12; i++) {
      for (int j = 0; j < 4; j++) {
        map[(3 + i + j) * 30 + 6 + i - j] = 1;
        map[(3 + i + j) * 30 + 7 + i - j] = 1;
      }
    }

    Tensor tensor = Tensor.ofFloats(Shape.of(1, 1, 20, 30), map);
    TextBoxes tight = new TextBoxes(Optional.empty(), 0.3, 0.5, 0, 3, 1000);
    List<Polygon> boxes = tight.decode(Map.of("y", tensor), 1).getFirst();

    assertThat(boxes).hasSize(1);
    List<Point> corners = boxes.getFirst().corners();
    for (int i = 0; i < 4; i++) {
      Point a = corners.get(i);
      Point b = corners.get((i + 1) % 4);
      assertThat(Math.abs(a.x() - b.x()))
          .as("every side runs at 45 degrees")
          .isCloseTo(Math.abs(a.y() - b.y()), within(1e-9));
    }
  }

  @Test
  void measuresAgreementWithAReference() {
    Tensor here =
        Tensor.ofFloats(
            Shape.of(1, 1, 20, 30), sum(block(1, 1, 8, 5, 0.9f), block(20, 10, 8, 5, 0.9f)));
    Tensor there =
        Tensor.ofFloats(
            Shape.of(1, 1, 20, 30),
            sum(block(1, 2, 8, 5, 0.9f), block(1, 12, 8, 5, 0.9f), block(14, 1, 9, 5, 0.9f)));
    Metric.Accumulator accumulator =
        new DetectionAgreement(_ -> Map.of("y", there), new TextBoxes()).begin();

    accumulator.add(new Batch(Map.of(), new Labels.None(), 1), Map.of("y", here));

    assertThat(accumulator.scores().get("f1")).isCloseTo(2 / 5.0, within(1e-12));
    assertThat(accumulator.scores()).containsEntry("precision", 0.5);
    assertThat(accumulator.scores().get("recall")).isCloseTo(1 / 3.0, within(1e-12));
  }

  @Test
  void agreesCompletelyWhereNothingIsFound() {
    Tensor empty = Tensor.ofFloats(Shape.of(1, 1, 20, 30), new float[600]);
    Metric.Accumulator accumulator =
        new DetectionAgreement(_ -> Map.of("y", empty), new TextBoxes()).begin();

    accumulator.add(new Batch(Map.of(), new Labels.None(), 1), Map.of("y", empty));

    assertThat(accumulator.scores())
        .containsExactly(
            Map.entry("f1", 1.0), Map.entry("precision", 1.0), Map.entry("recall", 1.0));
  }

  @Test
  void saysWhenItDoesNotFit() {
    assertThatThrownBy(() ->
            new TextBoxes().decode(Map.of("y", Tensor.ofFloats(Shape.of(1, 2, 1, 1), 0, 0)), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one channel of probabilities, got [1, 2, 1, 1]");
  }
}
