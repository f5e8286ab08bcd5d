// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class BestEpochTest {
  @Test
  void isTheMostAccurateOne() {
    assertThat(BestEpoch.number(List.of(epoch(0.5, 1), epoch(0.9, 3), epoch(0.8, 0.1))))
        .isEqualTo(2);
  }

  @Test
  void isTheOneWithTheLowerLossAmongEquals() {
    assertThat(BestEpoch.number(List.of(epoch(0.9, 1), epoch(0.9, 0.5), epoch(0.9, 0.7))))
        .isEqualTo(2);
  }

  @Test
  void isTheEarlierOneIfNothingDiffers() {
    assertThat(BestEpoch.number(List.of(epoch(0.9, 1), epoch(0.9, 1)))).isEqualTo(1);
  }

  @Test
  void needsHeldBackSamples() {
    assertThatThrownBy(() -> new Validation(0, Validation.Keep.BEST))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hold some back");
    assertThat(Validation.of(0)).isEqualTo(Validation.NONE);
  }

  private static EpochReport epoch(double accuracy, double loss) {
    return new EpochReport(
        1, 0, 0, OptionalDouble.of(accuracy), OptionalDouble.of(loss), 0, WeightProfile.EMPTY, 0);
  }
}
