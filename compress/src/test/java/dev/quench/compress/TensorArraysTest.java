// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TensorArraysTest {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Test
  void keepsShapeAndValuesOfFloats() {
    INDArray array = TensorArrays.toArray(Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6.1f));

    assertThat(array.shape()).containsExactly(2, 3);
    assertThat(array.getDouble(1, 0)).isEqualTo(4);
    assertThat(array.getDouble(1, 2)).isEqualTo(6.1f);
  }

  @Test
  void keepsAScalarAScalar() {
    INDArray array = TensorArrays.toArray(Tensor.scalar(2.5f));

    assertThat(array.rank()).isZero();
    assertThat(TensorArrays.toTensor(array, DataType.FLOAT).shape()).isEqualTo(Shape.SCALAR);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void everyHalfPatternSurvivesTheRoundTrip(DataType type) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[2 * 65536]);
    for (int i = 0; i < 65536; i++) {
      bytes.set(SHORT, i * 2L, (short) i);
    }
    Tensor all = Tensor.of(type, Shape.of(65536), bytes);

    Tensor back = TensorArrays.toTensor(TensorArrays.toArray(all), type);

    for (int i = 0; i < 65536; i++) {
      assertThat(back.doubleAt(i)).isEqualTo(Double.valueOf(all.doubleAt(i)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void roundsDoublesOnceToTheNearest(DataType type) {
    SplittableRandom random = new SplittableRandom(7);
    double[] values = new double[4000];
    double[] lower = new double[values.length];
    double[] upper = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      short bits = (short) random.nextInt(0x0001, 0x7BFE);
      lower[i] = half(type, bits);
      upper[i] = half(type, (short) (bits + 1));
      double middle = (lower[i] + upper[i]) / 2;
      // Just beside the tie, closer than a float can tell.
      values[i] = i % 2 == 0 ? Math.nextUp(middle) : Math.nextDown(middle);
    }

    Tensor rounded = TensorArrays.toTensor(Nd4j.createFromArray(values), type);

    for (int i = 0; i < values.length; i++) {
      assertThat(rounded.doubleAt(i)).isEqualTo(i % 2 == 0 ? upper[i] : lower[i]);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void roundsTiesToEven(DataType type) {
    for (int bits = 0x3C00; bits < 0x3C10; bits++) {
      double tie = (half(type, (short) bits) + half(type, (short) (bits + 1))) / 2;
      double even = half(type, (short) (bits % 2 == 0 ? bits : bits + 1));

      Tensor rounded = TensorArrays.toTensor(Nd4j.createFromArray(new double[] {tie}), type);

      assertThat(rounded.doubleAt(0)).isEqualTo(even);
    }
  }

  @Test
  void overflowBecomesInfinite() {
    INDArray array = Nd4j.createFromArray(new double[] {1e39, -70000, 65519.9});

    assertThat(TensorArrays.toTensor(array, DataType.FLOAT).doubleAt(0))
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(TensorArrays.toTensor(array, DataType.FLOAT16).toDoubles())
        .containsExactly(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 65504);
    assertThat(TensorArrays.toTensor(array, DataType.BFLOAT16).doubleAt(0))
        .isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void sharesTheMemoryOfNativeDoubles() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(24, 8);
      memory.setAtIndex(ValueLayout.JAVA_DOUBLE, 2, 3.0);
      INDArray array = TensorArrays.toArray(Tensor.of(DataType.DOUBLE, Shape.of(3), memory));

      memory.setAtIndex(ValueLayout.JAVA_DOUBLE, 1, 42.0);

      assertThat(array.toDoubleVector()).containsExactly(0, 42, 3);
    }
  }

  @Test
  void sharesTheBufferOfAnArrayWithADoubleTensor() {
    INDArray array = Nd4j.createFromArray(new double[] {1, 2, 3});
    Tensor tensor = TensorArrays.toTensor(array, DataType.DOUBLE);

    array.putScalar(1, 42);

    assertThat(tensor.toDoubles()).containsExactly(1, 42, 3);
  }

  @Test
  void readsViewsAndColumnMajorArraysInLogicalOrder() {
    INDArray matrix = Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}});

    Tensor transposed = TensorArrays.toTensor(matrix.transpose(), DataType.FLOAT);
    Tensor row = TensorArrays.toTensor(matrix.getRow(1), DataType.DOUBLE);

    assertThat(transposed.shape()).isEqualTo(Shape.of(3, 2));
    assertThat(transposed.toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(row.toDoubles()).containsExactly(4, 5, 6);
  }

  @Test
  void refusesIntegersAndEmptyTensors() {
    assertThatThrownBy(() -> TensorArrays.toArray(Tensor.vector(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("INT64");
    assertThatThrownBy(() -> TensorArrays.toArray(Tensor.ofFloats(Shape.of(0, 3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("non-empty");
  }

  private static double half(DataType type, short bits) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[2]);
    bytes.set(SHORT, 0, bits);
    return Tensor.of(type, Shape.SCALAR, bytes).doubleAt(0);
  }
}
