// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.tensor.Shape;
import dev.quench.trt.ShapeRange;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileChoiceTest {
  private static final List<Map<String, ShapeRange>> PROFILES =
      List.of(
          Map.of("x", new ShapeRange(Shape.of(1, 8), Shape.of(1, 8), Shape.of(4, 8))),
          Map.of("x", new ShapeRange(Shape.of(1, 8), Shape.of(32, 8), Shape.of(64, 8))));

  @Test
  void takesTheOneTunedForTheNearest() {
    assertThat(choose(Shape.of(1, 8))).isZero();
    assertThat(choose(Shape.of(4, 8))).isZero();
    assertThat(choose(Shape.of(5, 8))).isEqualTo(1);
    assertThat(choose(Shape.of(64, 8))).isEqualTo(1);
  }

  @Test
  void findsNoneBeyondAll() {
    assertThat(choose(Shape.of(65, 8))).isEqualTo(-1);
    assertThat(choose(Shape.of(2, 9))).isEqualTo(-1);
    assertThat(choose(Shape.of(2))).isEqualTo(-1);
  }

  @Test
  void needsAllInputsToFitOneProfile() {
    List<Map<String, ShapeRange>> profiles =
        List.of(Map.of("a", fixed(1), "b", fixed(1)), Map.of("a", fixed(2), "b", fixed(2)));
    assertThat(ProfileChoice.choose(profiles, name -> name.equals("a") ? Shape.of(1) : Shape.of(2)))
        .isEqualTo(-1);
    assertThat(ProfileChoice.choose(profiles, _ -> Shape.of(2))).isEqualTo(1);
  }

  @Test
  void leavesOutInputsWithoutShape() {
    List<Map<String, ShapeRange>> profiles =
        List.of(Map.of("a", fixed(1), "b", fixed(1)), Map.of("a", fixed(2), "b", fixed(2)));
    assertThat(ProfileChoice.choose(profiles, name -> name.equals("a") ? Shape.of(2) : null))
        .isEqualTo(1);
  }

  private static int choose(Shape shape) {
    return ProfileChoice.choose(PROFILES, _ -> shape);
  }

  private static ShapeRange fixed(long size) {
    return new ShapeRange(Shape.of(size), Shape.of(size), Shape.of(size));
  }
}
