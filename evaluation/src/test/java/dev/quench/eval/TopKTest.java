// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import dev.quench.metric.classification.TopK;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopKTest {
  @Test
  void countsTheTrueClassAmongTheHighestScores() {
    Metric.Accumulator top = new TopK(List.of(1, 2)).begin();
    top.add(labelled(0, 1, 2), scores(3, 3, 2, 1, 0, 5, 3, 2, 9, 5, 1));
    assertThat(top.scores()).containsExactly(entry("top1", 1 / 3.0), entry("top2", 2 / 3.0));
  }

  @Test
  void dropsTheAxesThatPoolingLeaves() {
    Metric.Accumulator top = new TopK(List.of(1)).begin();
    top.add(
        labelled(0, 2), Map.of("logits", Tensor.ofFloats(Shape.of(2, 3, 1, 1), 3, 2, 1, 0, 5, 3)));
    assertThat(top.scores()).containsExactly(entry("top1", 0.5));
  }

  @Test
  void saysWhyLabelsCannotBeUsed() {
    Metric.Accumulator top = new TopK().begin();
    Batch batch = new Batch(Map.of(), new Labels.None("folder cow is unknown"), 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> top.add(batch, scores(1, 3, 1, 2, 3)))
        .withMessageContaining("no usable labels (folder cow is unknown)");
  }

  @Test
  void givesTiesToTheLowerIndex() {
    Metric.Accumulator top = new TopK(List.of(1)).begin();
    top.add(labelled(0, 1), scores(2, 3, 7, 7, 1, 7, 7, 1));
    assertThat(top.scores()).containsExactly(entry("top1", 0.5));
  }

  @Test
  void countsNaNAsWrong() {
    Metric.Accumulator top = new TopK(List.of(1)).begin();
    top.add(labelled(0), scores(1, 2, Float.NaN, 0));
    assertThat(top.scores()).containsExactly(entry("top1", 0.0));
  }

  @Test
  void leavesOutKsThatEveryAnswerWouldSatisfy() {
    Metric.Accumulator top = new TopK().begin();
    top.add(labelled(1), scores(1, 3, 1, 2, 3));
    assertThat(top.scores()).containsOnlyKeys("top1");
  }

  @Test
  void refusesLabelsOutsideTheClasses() {
    Metric.Accumulator top = new TopK().begin();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> top.add(labelled(7), scores(1, 3, 1, 2, 3)))
        .withMessageStartingWith("label 7 is outside the 3 classes of output 'logits'")
        .withMessageContaining("--label-offset");
  }

  @Test
  void refusesOutputsThatAreNoScores() {
    Metric.Accumulator top = new TopK().begin();
    Tensor map = Tensor.ofFloats(Shape.of(1, 1, 2), 1, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> top.add(labelled(0), Map.of("map", map)))
        .withMessageContaining("expects output 'map' of shape [1, classes], got [1, 1, 2]");
  }

  @Test
  void refusesUnlabelledData() {
    Metric.Accumulator top = new TopK().begin();
    Batch batch = new Batch(Map.of(), new Labels.None(), 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> top.add(batch, scores(1, 2, 0, 1)))
        .withMessageContaining("needs class labels");
  }

  private static Batch labelled(Integer... classes) {
    return new Batch(Map.of(), new Labels.Classes(List.of(classes)), classes.length);
  }

  private static Map<String, Tensor> scores(int rows, int columns, float... values) {
    return Map.of("logits", Tensor.ofFloats(Shape.of(rows, columns), values));
  }
}
