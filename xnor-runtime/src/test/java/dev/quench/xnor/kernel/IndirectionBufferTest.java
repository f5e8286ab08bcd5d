// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class IndirectionBufferTest {
  private static Window padded(int kernel, int pad) {
    return new Window(kernel, kernel, 1, 1, 1, 1, pad, pad, pad, pad, false, false, false);
  }

  @Test
  void threeByThreeHasNineBorderClasses() {
    assertThat(IndirectionBuffer.of(padded(3, 1).over(8, 8), 2).classes()).isEqualTo(9);
    assertThat(IndirectionBuffer.of(padded(3, 0).over(8, 8), 2).classes()).isEqualTo(1);
    assertThat(IndirectionBuffer.of(padded(5, 2).over(14, 14), 2).classes()).isEqualTo(25);
  }

  @Test
  void paddedTapsReadTheRowOfZeros() {
    IndirectionBuffer corner = IndirectionBuffer.of(padded(3, 1).over(2, 2), 3);
    assertThat(corner.offsets).startsWith(0, 0, 0, 0, 3, 6, 0, 9, 12);
  }

  @Test
  void sameUpperPutsTheOddPixelAtTheEnd() {
    Window upper = new Window(2, 2, 1, 1, 1, 1, 0, 0, 0, 0, true, true, false);
    Window lower = new Window(2, 2, 1, 1, 1, 1, 0, 0, 0, 0, true, false, false);
    assertThat(upper.over(5, 5).outHeight()).isEqualTo(5);
    assertThat(upper.over(5, 5).top()).isZero();
    assertThat(lower.over(5, 5).top()).isEqualTo(1);
  }

  @Test
  void refusesWindowThatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> padded(5, 0).over(4, 9))
        .withMessageContaining("does not fit");
  }
}
