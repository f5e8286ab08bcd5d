// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileCheckTest {
  private final ProfileCheck check =
      new ProfileCheck(
          List.of(new TensorSpec("x", DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(2)))),
          List.of(Map.of("x", new ShapeRange(Shape.of(1, 2), Shape.of(2, 2), Shape.of(3, 2)))));

  @Test
  void takesWhatFits() {
    assertThatCode(() -> check.check(Map.of("x", floats(3, 2)))).doesNotThrowAnyException();
  }

  @Test
  void namesAMissingInput() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check.check(Map.of()))
        .withMessage("input 'x' FLOAT [N, 2] is missing; got []");
  }

  @Test
  void namesAnUnknownInput() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check.check(Map.of("x", floats(1, 2), "z", floats(1, 2))))
        .withMessage("input 'z' is unknown; the model takes 'x' FLOAT [N, 2]");
  }

  @Test
  void namesAWrongType() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check.check(Map.of("x", Tensor.ofLongs(Shape.of(1, 2), 1, 2))))
        .withMessage("input 'x' is INT64, expected FLOAT");
  }

  @Test
  void namesAWrongShape() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check.check(Map.of("x", floats(1, 3))))
        .withMessage("input 'x' has shape [1, 3], expected [N, 2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check.check(Map.of("x", floats(1, 2, 1))));
  }

  @Test
  void namesTheProfileThatABatchExceeds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check.check(Map.of("x", floats(4, 2))))
        .withMessageStartingWith(
            "input 'x': got shape [4, 2], the engine supports [1, 2] to [3, 2]; ");
  }

  private static Tensor floats(long... sizes) {
    Shape shape = Shape.of(sizes);
    return Tensor.ofFloats(shape, new float[(int) shape.elements()]);
  }
}
