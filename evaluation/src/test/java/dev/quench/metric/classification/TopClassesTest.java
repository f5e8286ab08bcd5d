// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.quench.metric.classification.TopClasses.Scored;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopClassesTest {
  private static TopClasses of(int count, float... scores) {
    return TopClasses.of(Map.of("y", Tensor.ofFloats(Shape.of(1, scores.length), scores)), count);
  }

  @Test
  void ranksByScoreAndThenByIndex() {
    assertThat(of(3, 1, 5, 2, 5).classes()).extracting(Scored::index).containsExactly(1, 3, 2);
  }

  @Test
  void turnsLogitsIntoTheirSoftmax() {
    TopClasses best = of(2, 0, (float) Math.log(3));
    assertThat(best.softmax()).isTrue();
    assertThat(best.classes().get(0).score()).isCloseTo(0.75, within(1e-6));
    assertThat(best.classes().get(1).score()).isCloseTo(0.25, within(1e-6));
  }

  @Test
  void largeLogitsDoNotOverflow() {
    assertThat(of(1, 1e30f, 0).classes().getFirst().score()).isEqualTo(1);
  }

  @Test
  void keepsScoresThatAreProbabilities() {
    TopClasses best = of(1, 0.2f, 0.7f);
    assertThat(best.softmax()).isFalse();
    assertThat(best.classes().getFirst().score()).isCloseTo(0.7, within(1e-6));
  }

  @Test
  void dropsTrailingAxesOfOne() {
    Map<String, Tensor> pooled = Map.of("y", Tensor.ofFloats(Shape.of(1, 3, 1, 1), 1, 2, 3));
    assertThat(TopClasses.of(pooled, 5).classes()).hasSize(3);
  }

  @Test
  void refusesScoresThatCannotBeRanked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(1, 1, Float.NaN))
        .withMessageContaining("holds NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> TopClasses.of(Map.of("y", Tensor.ofFloats(Shape.of(2, 1, 2), 1, 2, 3, 4)), 1))
        .withMessageContaining("[1, classes]");
  }
}
