// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import org.junit.jupiter.api.Test;

class ShapeRangeTest {
  @Test
  void containsItsEndsAndWhatIsBetween() {
    var range = new ShapeRange(Shape.of(1, 3, 8), Shape.of(4, 3, 16), Shape.of(8, 3, 32));
    assertThat(range.contains(Shape.of(1, 3, 8))).isTrue();
    assertThat(range.contains(Shape.of(8, 3, 32))).isTrue();
    assertThat(range.contains(Shape.of(5, 3, 9))).isTrue();
    assertThat(range.contains(Shape.of(9, 3, 9))).isFalse();
    assertThat(range.contains(Shape.of(5, 3, 7))).isFalse();
    assertThat(range.contains(Shape.of(5, 3))).isFalse();
  }

  @Test
  void refusesShapesThatShrink() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ShapeRange(Shape.of(2, 3), Shape.of(1, 3), Shape.of(4, 3)))
        .withMessageContaining("must grow from min over opt to max")
        .withMessageContaining("min [2, 3], opt [1, 3], max [4, 3]");
  }

  @Test
  void refusesDifferentRanks() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ShapeRange(Shape.of(2), Shape.of(2, 3), Shape.of(4, 3)))
        .withMessageContaining("the same rank");
  }

  @Test
  void refusesFreeDimensions() {
    Shape free = Shape.of(Dim.of("N"), Dim.of(3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ShapeRange(free, free, free))
        .withMessageContaining("must be numbers");
  }
}
