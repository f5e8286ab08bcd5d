// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final Offset<Double> EXACT = Offset.offset(1e-12);

  @Test
  void risesLinearlyFirst() {
    Schedule schedule = new Schedule.Constant(4);

    assertThat(schedule.factor(0, 100)).isCloseTo(0.25, EXACT);
    assertThat(schedule.factor(3, 100)).isCloseTo(1, EXACT);
    assertThat(schedule.factor(99, 100)).isCloseTo(1, EXACT);
  }

  @Test
  void risesOverATenthOfAShortTraining() {
    assertThat(new Schedule.Constant(200).factor(0, 20)).isCloseTo(0.5, EXACT);
    assertThat(new Schedule.Constant(200).factor(2, 20)).isCloseTo(1, EXACT);
  }

  @Test
  void cosineFallsToZero() {
    Schedule schedule = new Schedule.Cosine(0);

    assertThat(schedule.factor(0, 100)).isCloseTo(1, EXACT);
    assertThat(schedule.factor(50, 100)).isCloseTo(0.5, EXACT);
    assertThat(schedule.factor(99, 100)).isBetween(0.0, 0.001);
  }

  @Test
  void stepsMultiply() {
    Schedule schedule = new Schedule.Step(0, 0.3, 0.1);

    assertThat(schedule.factor(29, 100)).isCloseTo(1, EXACT);
    assertThat(schedule.factor(31, 100)).isCloseTo(0.1, EXACT);
    assertThat(schedule.factor(95, 100)).isCloseTo(0.001, EXACT);
  }

  @Test
  void refusesWhatIsNoShare() {
    assertThatThrownBy(() -> new Schedule.Step(0, 0, 0.1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Optimizer.sgd(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learning rate must be above 0");
  }
}
