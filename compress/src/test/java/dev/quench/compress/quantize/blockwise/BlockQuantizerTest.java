// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.blockwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.TensorArrays;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BlockQuantizerTest {
  record Case(BlockWeightType type, DataType stored, int rows, int columns, int axis, int block) {}

  static Stream<Case> awkwardSizes() {
    return Stream.of(BlockWeightType.values())
        .flatMap(type ->
            Stream.of(DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16)
                .flatMap(stored ->
                    IntStream.range(0, 12)
                        .mapToObj(i ->
                            new Case(
                                type,
                                stored,
                                new int[] {1, 2, 17, 33, 64, 95}[i % 6],
                                new int[] {1, 31, 7, 40}[i % 4],
                                i % 2,
                                new int[] {2, 16, 32, 33, 100}[i % 5]))));
  }

  private static Tensor weights(Case each) {
    return TensorArrays.toTensor(
        TensorArrays.toArray(
            new GraphMaker(21, each.hashCode()).normal(each.rows(), each.columns())),
        each.stored());
  }

  @ParameterizedTest
  @MethodSource("awkwardSizes")
  void errsByHalfAScaleAtMost(Case each) {
    Tensor weights = weights(each);

    BlockQuantizer.Blocks blocks =
        new BlockQuantizer(each.type(), each.block(), false).quantize(weights, each.axis());

    assertThat(blocks.values().shape()).isEqualTo(weights.shape());
    assertThat(blocks.scales().dataType()).isEqualTo(each.stored());
    for (int row = 0; row < each.rows(); row++) {
      for (int column = 0; column < each.columns(); column++) {
        int index = row * each.columns() + column;
        double scale = scale(blocks.scales(), each, row, column);
        assertThat(Math.abs(blocks.values().longAt(index) * scale - weights.doubleAt(index)))
            .isLessThanOrEqualTo(scale * 0.5 * (1 + 1e-12));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("awkwardSizes")
  void scalesTheLargestOfEachBlockToTheLargestLevel(Case each) {
    Tensor weights = weights(each);

    BlockQuantizer.Blocks blocks =
        new BlockQuantizer(each.type(), each.block(), false).quantize(weights, each.axis());

    double[] largest = new double[Math.toIntExact(blocks.scales().elements())];
    for (int i = 0; i < weights.elements(); i++) {
      int at = scaleIndex(blocks.scales(), each, i / each.columns(), i % each.columns());
      largest[at] = Math.max(largest[at], Math.abs(weights.doubleAt(i)));
    }
    double tolerance = each.stored() == DataType.FLOAT ? 0x1p-23 : 0x1p-8;
    for (int i = 0; i < largest.length; i++) {
      double expected = largest[i] / each.type().largest();
      assertThat(blocks.scales().doubleAt(i))
          .isBetween(expected * (1 - tolerance), expected * (1 + tolerance));
    }
  }

  private static double scale(Tensor scales, Case each, int row, int column) {
    return scales.doubleAt(scaleIndex(scales, each, row, column));
  }

  private static int scaleIndex(Tensor scales, Case each, int row, int column) {
    int r = each.axis() == 0 ? row / each.block() : row;
    int c = each.axis() == 1 ? column / each.block() : column;
    return Math.toIntExact(r * scales.shape().size(1) + c);
  }

  @ParameterizedTest
  @EnumSource(BlockWeightType.class)
  void zeroesAndWhatIsTooSmallForAScaleGetScaleOne(BlockWeightType type) {
    Tensor weights = Tensor.ofFloats(Shape.of(1, 4), 0, -0f, Float.MIN_VALUE, 0);

    BlockQuantizer.Blocks blocks = new BlockQuantizer(type, 2, true).quantize(weights, 1);

    assertThat(blocks.scales().toFloats()).containsExactly(1, 1);
    assertThat(blocks.values().toLongs()).containsOnly(0);
  }

  @Test
  void smallestNumbersAreNotClipped() {
    float least = Float.MIN_VALUE;
    Tensor weights = Tensor.ofFloats(Shape.of(1, 2), 10 * least, -3 * least);

    BlockQuantizer.Blocks blocks =
        new BlockQuantizer(BlockWeightType.INT4, 2, false).quantize(weights, 1);

    double scale = blocks.scales().doubleAt(0);
    assertThat(Math.abs(blocks.values().longAt(0) * scale - 10 * (double) least))
        .isLessThanOrEqualTo(scale / 2);
  }

  @Test
  void packsTheFirstOfTwoIntoTheLowHalf() {
    Tensor weights = Tensor.ofFloats(Shape.of(1, 3), 7, -7, 2);

    Tensor values =
        new BlockQuantizer(BlockWeightType.INT4, 4, false).quantize(weights, 1).values();

    assertThat(values.bytes().toArray(ValueLayout.JAVA_BYTE)).containsExactly(0x97, 0x02);
  }

  @ParameterizedTest
  @MethodSource("awkwardSizes")
  void clippingNeverRaisesTheSquaredError(Case each) {
    Tensor weights = weights(each);

    double whole = squaredError(each, weights, false);
    double clipped = squaredError(each, weights, true);

    assertThat(clipped).isLessThanOrEqualTo(whole);
  }

  @Test
  void clippingHelpsNormallyDistributedWeightsInFourBits() {
    Case each = new Case(BlockWeightType.INT4, DataType.FLOAT, 128, 40, 0, 64);
    Tensor weights = weights(each);

    assertThat(squaredError(each, weights, true))
        .isLessThan(0.95 * squaredError(each, weights, false));
  }

  private static double squaredError(Case each, Tensor weights, boolean clipped) {
    BlockQuantizer.Blocks blocks =
        new BlockQuantizer(each.type(), each.block(), clipped).quantize(weights, each.axis());
    double[] errors = new double[Math.toIntExact(weights.elements())];
    Arrays.setAll(
        errors,
        i ->
            blocks.values().longAt(i)
                    * scale(blocks.scales(), each, i / each.columns(), i % each.columns())
                - weights.doubleAt(i));
    return Arrays.stream(errors).map(error -> error * error).sum();
  }
}
