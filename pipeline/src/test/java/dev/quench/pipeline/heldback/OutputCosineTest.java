// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.heldback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputCosineTest {
  private static final Tensor FLOATS = Tensor.ofFloats(Shape.of(2), 3, 4);

  @Test
  void equalOutputsHaveOne() {
    assertThat(OutputCosine.worst(Map.of("y", FLOATS), Map.of("y", FLOATS))).isEqualTo(1);
  }

  @Test
  void outputsOfAnotherShapeAreTheWorst() {
    Tensor longer = Tensor.ofFloats(Shape.of(3), 3, 4, 0);
    assertThat(OutputCosine.worst(Map.of("y", FLOATS), Map.of("y", longer))).isEqualTo(-1);
    assertThat(OutputCosine.worst(Map.of("y", FLOATS), Map.of())).isEqualTo(-1);
  }

  @Test
  void integersCountTheEqualOnes() {
    Map<String, Tensor> expected = Map.of("y", Tensor.vector(1, 2, 3, 4));
    assertThat(OutputCosine.worst(expected, Map.of("y", Tensor.vector(1, 2, 3, 9))))
        .isEqualTo(0.75);
  }

  @Test
  void theWorstOutputDecides() {
    Map<String, Tensor> expected = Map.of("a", FLOATS, "b", Tensor.vector(1, 2));
    Map<String, Tensor> actual = Map.of("a", FLOATS, "b", Tensor.vector(5, 6));
    assertThat(OutputCosine.worst(expected, actual)).isZero();
  }
}
