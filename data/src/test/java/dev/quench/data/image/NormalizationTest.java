// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NormalizationTest {
  @Test
  void scalesShiftsAndDivides() {
    Normalization normalization =
        Normalization.of(new double[] {0.5, 0.25}, new double[] {0.5, 0.125}, 1 / 255.0);
    assertThat(normalization.apply(255, 0)).isEqualTo(1f);
    assertThat(normalization.apply(0, 1)).isEqualTo(-2f);
  }

  @Test
  void readsItsOwnText() {
    Normalization normalization =
        Normalization.of(new double[] {0.286, 0.1}, new double[] {0.353, 0.2}, 1 / 255.0);
    assertThat(Normalization.parse(normalization.toString())).isEqualTo(normalization);
    assertThat(Normalization.parse("")).isEqualTo(Normalization.NONE);
  }

  @Test
  void refusesOtherText() {
    for (String text : new String[] {"scale=x", "mean=1,2 std=1,2,3", "gamma=2", "std=0", "1"}) {
      assertThatThrownBy(() -> Normalization.parse(text))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void refusesWhatWouldGiveNoNumbers() {
    assertThatThrownBy(() -> Normalization.of(new double[] {0}, new double[] {0}, 1))
        .hasMessageContaining("above 0");
    assertThatThrownBy(() -> Normalization.of(new double[] {Double.NaN}, new double[] {1}, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Normalization.of(new double[] {0}, new double[] {1}, 0))
        .hasMessageContaining("scale");
  }
}
