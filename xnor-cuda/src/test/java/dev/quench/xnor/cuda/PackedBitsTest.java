// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PackedBitsTest {
  @Test
  void takesMinusZeroAsPlusOne() {
    PackedBits bits = PackedBits.of(new float[] {-0f, 0f, -Float.MIN_VALUE, 3}, 1, 4);
    assertThat(bits.toWords()).containsExactly(0b0100);
    assertThat(bits.negatives(0)).isEqualTo(1);
  }

  @Test
  void beginsEachRowWithANewWord() {
    float[] values = new float[66];
    values[32] = -1;
    values[33] = -1;
    PackedBits bits = PackedBits.of(values, 2, 33);
    assertThat(bits.toWords()).containsExactly(0, 1, 1, 0);
    assertThat(bits.isNegative(0, 32)).isTrue();
    assertThat(bits.isNegative(1, 0)).isTrue();
  }

  @Test
  void namesThePlaceOfNotANumber() {
    assertThatThrownBy(() -> PackedBits.of(new float[] {1, 2, 3, Float.NaN}, 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 1, column 1 is NaN");
  }

  @Test
  void refusesBitsBeyondTheLastColumn() {
    assertThatThrownBy(() -> PackedBits.ofWords(new int[] {0, 0b1000}, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 1 has a bit set beyond its 3 columns");
    assertThat(PackedBits.ofWords(new int[] {-1}, 1, 32).negatives(0)).isEqualTo(32);
  }

  @Test
  void refusesSizesThatDoNotFit() {
    assertThatThrownBy(() -> PackedBits.of(new float[5], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 5 values for a matrix of 2 x 3");
    assertThatThrownBy(() -> PackedBits.ofWords(new int[0], 0, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty");
    assertThatThrownBy(() -> new ConvolutionShape(1, 2, 2, 1, 1, 3, 3, 1, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not fit an input of 2 x 2");
    assertThatThrownBy(() -> new Thresholds(new int[2], new boolean[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 2 bounds but 3 flip marks");
  }
}
