// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.graph.pattern.AutoPad;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import java.util.List;
import org.junit.jupiter.api.Test;

class IndirectionBufferTest {
  private static Geometry padded(int kernel, int pad, int height, int width) {
    WindowAxis axis = new WindowAxis(kernel, 1, 1, pad, pad, AutoPad.NOTSET, false);
    return Geometry.of(new SlidingWindow(List.of(axis, axis)), height, width);
  }

  private static Geometry automatic(AutoPad autoPad) {
    WindowAxis axis = new WindowAxis(2, 1, 1, 0, 0, autoPad, false);
    return Geometry.of(new SlidingWindow(List.of(axis, axis)), 5, 5);
  }

  @Test
  void threeByThreeHasNineBorderClasses() {
    assertThat(IndirectionBuffer.of(padded(3, 1, 8, 8), 2).classes()).isEqualTo(9);
    assertThat(IndirectionBuffer.of(padded(3, 0, 8, 8), 2).classes()).isEqualTo(1);
    assertThat(IndirectionBuffer.of(padded(5, 2, 14, 14), 2).classes()).isEqualTo(25);
  }

  @Test
  void paddedTapsReadTheRowOfZeros() {
    IndirectionBuffer corner = IndirectionBuffer.of(padded(3, 1, 2, 2), 3);
    assertThat(corner.offsets).startsWith(0, 0, 0, 0, 3, 6, 0, 9, 12);
  }

  @Test
  void sameUpperPutsTheOddPixelAtTheEnd() {
    assertThat(automatic(AutoPad.SAME_UPPER).outHeight()).isEqualTo(5);
    assertThat(automatic(AutoPad.SAME_UPPER).top()).isZero();
    assertThat(automatic(AutoPad.SAME_LOWER).top()).isEqualTo(1);
  }

  @Test
  void refusesWindowThatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> padded(5, 0, 4, 9))
        .withMessageContaining("does not fit");
  }
}
