// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.ImageGeometry;
import dev.quench.run.dataset.ImageSource;
import dev.quench.run.dataset.LabelledBox;
import dev.quench.run.dataset.Labels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CocoMapTest {
  private static LabelledBox truth(int index, double x, double y, double width, double height) {
    return new LabelledBox(new Box(x, y, x + width, y + height), index, width * height, false);
  }

  private static LabelledBox crowd(double x, double y, double width, double height) {
    return new LabelledBox(new Box(x, y, x + width, y + height), 0, width * height, true);
  }

  private static Detection found(
      int index, double score, double x, double y, double width, double height) {
    return new Detection(new Box(x, y, x + width, y + height), index, score);
  }

  private static Map<String, Double> scores(List<LabelledBox> truths, Detection... found) {
    Metric.Accumulator accumulator = new CocoMap((_, _) -> List.of(List.of(found))).begin();
    accumulator.add(new Batch(Map.of(), new Labels.Boxes(List.of(truths)), 1), Map.of());
    return accumulator.scores();
  }

  @Test
  void isOneWhenEverythingIsFound() {
    Map<String, Double> scores =
        scores(
            List.of(truth(0, 0, 0, 10, 10), truth(1, 20, 20, 100, 100)),
            found(0, 0.3, 0, 0, 10, 10),
            found(1, 0.2, 20, 20, 100, 100));

    assertThat(scores)
        .containsExactly(
            Map.entry("ap", 1.0),
            Map.entry("ap50", 1.0),
            Map.entry("ap75", 1.0),
            Map.entry("apSmall", 1.0),
            Map.entry("apLarge", 1.0),
            Map.entry("ar100", 1.0));
  }

  @Test
  void countsTheOverlapsThatABoxReaches() {
    // Overlaps by 0.62: enough for 0.50, 0.55 and 0.60.
    Map<String, Double> scores =
        scores(List.of(truth(0, 0, 0, 10, 10)), found(0, 0.9, 0, 0, 10, 6.2));

    assertThat(scores.get("ap")).isCloseTo(0.3, within(1e-12));
    assertThat(scores).containsEntry("ap50", 1.0).containsEntry("ap75", 0.0);
    assertThat(scores.get("ar100")).isCloseTo(0.3, within(1e-12));
  }

  @Test
  void readsTheEnvelopeAt101Recalls() {
    // Right, wrong, right: precision 1 up to recall 1/2, then 2/3.
    Map<String, Double> scores =
        scores(
            List.of(truth(0, 0, 0, 10, 10), truth(0, 50, 0, 10, 10)),
            found(0, 0.9, 0, 0, 10, 10),
            found(0, 0.8, 100, 0, 10, 10),
            found(0, 0.7, 50, 0, 10, 10));

    assertThat(scores.get("ap50")).isCloseTo((51 + 50 * 2 / 3.0) / 101, within(1e-12));
  }

  @Test
  void countsASecondBoxOfOneObjectAsWrong() {
    Map<String, Double> scores =
        scores(
            List.of(truth(0, 0, 0, 10, 10), truth(0, 50, 0, 10, 10)),
            found(0, 0.9, 0, 0, 10, 10),
            found(0, 0.8, 0, 0, 10, 9),
            found(0, 0.7, 50, 0, 10, 10));

    assertThat(scores.get("ap50")).isCloseTo((51 + 50 * 2 / 3.0) / 101, within(1e-12));
  }

  @Test
  void ignoresWhatLiesInACrowd() {
    Map<String, Double> scores =
        scores(
            List.of(crowd(100, 0, 200, 200), truth(0, 0, 0, 10, 10)),
            found(0, 0.9, 110, 10, 20, 20),
            found(0, 0.8, 150, 10, 20, 20),
            found(0, 0.7, 0, 0, 10, 10));

    assertThat(scores).containsEntry("ap", 1.0);
  }

  @Test
  void prefersAnObjectThatCountsToACrowdAroundIt() {
    Map<String, Double> scores =
        scores(List.of(crowd(0, 0, 200, 200), truth(0, 0, 0, 10, 10)), found(0, 0.9, 0, 0, 10, 8));

    assertThat(scores.get("ap")).isCloseTo(0.7, within(1e-12));
  }

  @Test
  void looksAtEachRangeOfSizesAlone() {
    // The large object is missed; a wrong box of medium size does not count among small ones.
    Map<String, Double> scores =
        scores(
            List.of(truth(0, 0, 0, 10, 10), truth(0, 200, 200, 100, 100)),
            found(0, 0.9, 400, 0, 50, 50),
            found(0, 0.8, 0, 0, 10, 10));

    assertThat(scores).containsEntry("apSmall", 1.0).containsEntry("apLarge", 0.0);
    assertThat(scores).doesNotContainKey("apMedium");
    assertThat(scores.get("ap50")).isCloseTo(51 * 0.5 / 101, within(1e-12));
  }

  @Test
  void leavesOutClassesWithoutObjects() {
    Map<String, Double> scores =
        scores(
            List.of(truth(3, 0, 0, 10, 10)),
            found(3, 0.5, 0, 0, 10, 10),
            found(7, 0.9, 0, 0, 10, 10));

    assertThat(scores).containsEntry("ap", 1.0);
  }

  @Test
  void bringsBoxesBackToTheStoredImage() {
    ImageGeometry halved = new ImageGeometry(40, 20, 32, 32, 0.5, 0.5, 6, 11);
    Batch batch =
        new Batch(
            Map.of(),
            new Labels.Boxes(List.of(List.of(truth(0, 10, 4, 20, 10)))),
            1,
            List.of(new ImageSource(Path.of("a.jpg"), halved)));
    Metric.Accumulator accumulator =
        new CocoMap((_, _) -> List.of(List.of(found(0, 1, 11, 13, 10, 5)))).begin();

    accumulator.add(batch, Map.of());

    assertThat(accumulator.scores()).containsEntry("ap", 1.0);
  }

  @Test
  void ranksAcrossImages() {
    Metric.Accumulator accumulator =
        new CocoMap((_, _) ->
            List.of(List.of(found(0, 0.6, 0, 0, 10, 10)), List.of(found(0, 0.9, 50, 50, 10, 10))))
            .begin();
    accumulator.add(
        new Batch(
            Map.of(), new Labels.Boxes(List.of(List.of(truth(0, 0, 0, 10, 10)), List.of())), 2),
        Map.of());

    assertThat(accumulator.scores().get("ap50")).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void saysWhenThereAreNoBoxes() {
    Metric.Accumulator accumulator = new CocoMap((_, _) -> List.of(List.of())).begin();

    assertThatThrownBy(
            () -> accumulator.add(new Batch(Map.of(), new Labels.Classes(List.of(1)), 1), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("coco-map needs boxes, but this data set has class labels");
    assertThat(accumulator.scores()).isEmpty();
  }
}
