// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightQuantizerTest {
  @Test
  void takesOneScaleForEachChannel() {
    Tensor weights = Tensor.ofFloats(Shape.of(2, 3), 1.27f, -0.5f, 0, 0.1f, 0.2f, -2.54f);

    assertThat(WeightQuantizer.scales(weights, OptionalInt.of(0)).toFloats())
        .containsExactly((float) (1.27f / 127.0), (float) (2.54f / 127.0));
    assertThat(WeightQuantizer.scales(weights, OptionalInt.of(1)).toFloats())
        .containsExactly((float) (1.27f / 127.0), (float) (0.5f / 127.0), (float) (2.54f / 127.0));
  }

  @Test
  void takesOneScaleInAllWithoutAnAxis() {
    Tensor weights = Tensor.ofFloats(Shape.of(2, 3), 1.27f, -0.5f, 0, 0.1f, 0.2f, -2.54f);

    Tensor scale = WeightQuantizer.scales(weights, OptionalInt.empty());

    assertThat(scale.shape()).isEqualTo(Shape.SCALAR);
    assertThat(scale.toFloats()).containsExactly((float) (2.54f / 127.0));
  }

  @Test
  void roundsHalfToEven() {
    Tensor weights = Tensor.ofFloats(Shape.of(1, 6), 127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f);

    Tensor scales = WeightQuantizer.scales(weights, OptionalInt.of(0));

    assertThat(WeightQuantizer.quantize(weights, scales, OptionalInt.of(0)).toLongs())
        .containsExactly(127, 0, 2, 2, 0, -2);
  }

  @Test
  void givesZeroesScaleOne() {
    Tensor weights = Tensor.ofFloats(Shape.of(2, 2), 0, -0f, 1, 2);

    assertThat(WeightQuantizer.scales(weights, OptionalInt.of(0)).toFloats())
        .containsExactly(1f, (float) (2 / 127.0));
  }

  @Test
  void givesScaleOneWhereTheScaleWouldUnderflow() {
    Tensor weights = Tensor.ofFloats(Shape.of(1, 1), Float.MIN_VALUE);

    assertThat(WeightQuantizer.scales(weights, OptionalInt.of(0)).toFloats()).containsExactly(1f);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void errsByHalfAScaleAtMost(int axis) {
    Tensor weights = new GraphMaker(13, axis).normal(7, 5, 3, 2);
    OptionalInt channels = OptionalInt.of(axis);

    Tensor scales = WeightQuantizer.scales(weights, channels);
    Tensor quantized = WeightQuantizer.quantize(weights, scales, channels);

    long inner = 1;
    for (int i = axis + 1; i < 4; i++) {
      inner *= weights.shape().size(i);
    }
    for (long i = 0; i < weights.elements(); i++) {
      double scale = scales.doubleAt(i / inner % scales.elements());
      assertThat(quantized.longAt(i)).isBetween(-127L, 127L);
      // Half a scale, and what the division in float adds.
      assertThat(Math.abs(quantized.longAt(i) * scale - weights.doubleAt(i)))
          .isLessThanOrEqualTo(scale * (0.5 + 127 * 0x1p-23));
    }
  }

  @Test
  void storesScalesInTheTypeOfTheWeights() {
    Tensor scale = WeightQuantizer.scalar(1 / 127.0, DataType.FLOAT16);

    assertThat(scale.dataType()).isEqualTo(DataType.FLOAT16);
    assertThat((float) scale.doubleAt(0))
        .isEqualTo(Float.float16ToFloat(Float.floatToFloat16((float) (1 / 127.0))));
  }
}
