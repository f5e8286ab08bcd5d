// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TensorComparisonTest {
  @Test
  void findsEqualTensorsEqual() {
    Tensor tensor = Tensor.ofFloats(Shape.of(2, 2), 1, -2, 3, 4);
    assertThat(TensorComparison.of(tensor, tensor))
        .isEqualTo(new TensorComparison(1, Double.POSITIVE_INFINITY, 0, 0, 1));
  }

  @Test
  void measuresAnError() {
    TensorComparison comparison = TensorComparison.of(vector(3, 4, 0, 0), vector(3, 4, 0.5f, 0));
    assertThat(comparison.cosine()).isEqualTo(25 / (5 * Math.sqrt(25.25)), within(1e-12));
    assertThat(comparison.sqnrDecibel()).isEqualTo(20, within(1e-9));
    assertThat(comparison.maxAbsoluteError()).isEqualTo(0.5);
    assertThat(comparison.maxRelativeError()).isEqualTo(0.125);
    assertThat(comparison.top1Agreement()).isEqualTo(1);
  }

  @Test
  void seesRowsThatDisagree() {
    Tensor expected = Tensor.ofFloats(Shape.of(2, 2), 1, 2, 5, 4);
    Tensor actual = Tensor.ofFloats(Shape.of(2, 2), 2, 1, 5, 4);
    assertThat(TensorComparison.of(expected, actual).top1Agreement()).isEqualTo(0.5);
  }

  @Test
  void doesNotHideNaNOnOneSide() {
    TensorComparison comparison = TensorComparison.of(vector(1, 2), vector(1, Float.NaN));
    assertThat(comparison.maxAbsoluteError()).isNaN();
    assertThat(comparison.cosine()).isZero();
    assertThat(comparison.sqnrDecibel()).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void acceptsTheSameInfinityOnBothSides() {
    TensorComparison comparison =
        TensorComparison.of(vector(1, Float.NEGATIVE_INFINITY), vector(1, Float.NEGATIVE_INFINITY));
    assertThat(comparison.maxAbsoluteError()).isZero();
    assertThat(comparison.cosine()).isEqualTo(1);
  }

  @Test
  void scoresAVanishedOutputAsOrthogonal() {
    assertThat(TensorComparison.of(vector(1, 2), vector(0, 0)).cosine()).isZero();
  }

  @Test
  void refusesDifferentShapes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorComparison.of(vector(1, 2), vector(1)))
        .withMessage("cannot compare shapes [2] and [1]");
  }

  private static Tensor vector(float... values) {
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  @Test
  void findsTheWorstSampleAlongAnotherAxis() {
    Tensor expected = Tensor.ofFloats(Shape.of(3, 2, 1), 1, 1, 2, 1, 3, 1);
    Tensor actual = Tensor.ofFloats(Shape.of(3, 2, 1), 1, -1, 2, -1, 3, -1);

    assertThat(TensorComparison.worstOfSamples(expected, actual, 2).cosine()).isEqualTo(-1);
  }
}
