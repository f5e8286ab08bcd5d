// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InputCheckTest {
  private static final TensorSpec SPEC =
      new TensorSpec("x", DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(2)));

  private final InputCheck check = new InputCheck(List.of(SPEC), Set.of());

  @Test
  void takesAnySizeOfAFreeDimension() {
    assertThatCode(() -> check.check(Map.of("x", floats(3, 2)))).doesNotThrowAnyException();
    assertThatCode(() -> check.check(Map.of("x", floats(1, 2)))).doesNotThrowAnyException();
  }

  @Test
  void namesWhatDoesNotFit() {
    refuses(Map.of(), "input 'x' FLOAT [N, 2] is missing; got []");
    refuses(
        Map.of("x", floats(1, 2), "z", floats(1, 2)),
        "input 'z' is unknown; the model takes 'x' FLOAT [N, 2]");
    refuses(
        Map.of("x", Tensor.ofLongs(Shape.of(1, 2), 1, 2)), "input 'x' is INT64, expected FLOAT");
    refuses(Map.of("x", floats(1, 3)), "input 'x' has shape [1, 3], expected [N, 2]");
    refuses(Map.of("x", floats(1, 2, 1)), "input 'x' has shape [1, 2, 1], expected [N, 2]");
  }

  @Test
  void takesAnyShapeWhereTheRankIsOpen() {
    InputCheck open = new InputCheck(List.of(SPEC), Set.of("x"));
    assertThatCode(() -> open.check(Map.of("x", floats(1, 2, 3)))).doesNotThrowAnyException();
  }

  private void refuses(Map<String, Tensor> inputs, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> check.check(inputs)).withMessage(message);
  }

  private static Tensor floats(long... sizes) {
    Shape shape = Shape.of(sizes);
    return Tensor.ofFloats(shape, new float[(int) shape.elements()]);
  }
}
