// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.cli.output.CommandException;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FreeDimensionsTest {
  private static final TensorSpec IMAGE =
      new TensorSpec(
          "image", DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(3), Dim.of("H"), Dim.UNKNOWN));

  @Test
  void choosesOneSampleOfSmallImages() {
    assertThat(FreeDimensions.settle(List.of(IMAGE), Map.of()).getFirst().shape())
        .isEqualTo(Shape.of(1, 3, 64, 64));
  }

  @Test
  void takesWhatIsGiven() {
    Shape shape = Shape.of(2, 3, 32, 320);
    assertThat(FreeDimensions.settle(List.of(IMAGE), Map.of("image", shape)).getFirst().shape())
        .isEqualTo(shape);
  }

  @Test
  void keepsDimensionsOfOneNameEqual() {
    TensorSpec ids = new TensorSpec("ids", DataType.INT64, Shape.of(Dim.of("B"), Dim.of("S")));
    TensorSpec mask = new TensorSpec("mask", DataType.INT64, Shape.of(Dim.of("B"), Dim.of("S")));
    List<TensorSpec> settled =
        FreeDimensions.settle(List.of(ids, mask), Map.of("mask", Shape.of(4, 17)));
    assertThat(settled).extracting(TensorSpec::shape).containsOnly(Shape.of(4, 17));
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(
            () -> FreeDimensions.settle(List.of(IMAGE), Map.of("image", Shape.of(1, 4, 8, 8))))
        .withMessageContaining("does not fit input 'image'");
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> FreeDimensions.settle(List.of(IMAGE), Map.of("img", Shape.of(1))))
        .withMessageContaining("the model has no input 'img'");
  }
}
