// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TensorTest {
  private static Tensor of(DataType type, long elements, int... bytes) {
    byte[] packed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      packed[i] = (byte) bytes[i];
    }
    return Tensor.of(type, Shape.of(elements), MemorySegment.ofArray(packed));
  }

  private static Tensor pattern(DataType type, int bits) {
    return of(type, 1, bits & 0xFF, bits >> 8 & 0xFF);
  }

  @Test
  void onlyArraysOfBytesAreWrapped() {
    MemorySegment shorts = MemorySegment.ofArray(new short[4]);

    assertThatThrownBy(() -> Tensor.of(DataType.FLOAT, Shape.of(2), shorts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got another array");
    assertThatThrownBy(() -> Tensor.of(DataType.FLOAT, Shape.of(2), shorts.asReadOnly()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void decodesIntegersOfEveryWidth() {
    assertThat(of(DataType.INT8, 2, 0x80, 0x7F).toLongs()).containsExactly(-128, 127);
    assertThat(of(DataType.UINT8, 2, 0x80, 0xFF).toLongs()).containsExactly(128, 255);
    assertThat(of(DataType.INT16, 1, 0xFE, 0xFF).toLongs()).containsExactly(-2);
    assertThat(of(DataType.UINT16, 1, 0xFE, 0xFF).toLongs()).containsExactly(65_534);
    assertThat(of(DataType.INT32, 1, 1, 0, 0, 0x80).toLongs()).containsExactly(-2_147_483_647);
    assertThat(of(DataType.UINT32, 1, 1, 0, 0, 0x80).toLongs()).containsExactly(2_147_483_649L);
    assertThat(of(DataType.INT64, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF).toLongs())
        .containsExactly(-1);
    assertThat(of(DataType.BOOL, 2, 0, 1).toLongs()).containsExactly(0, 1);
  }

  @Test
  void decodesNibblesLowFirst() {
    assertThat(of(DataType.INT4, 3, 0x78, 0x0F).toLongs()).containsExactly(-8, 7, -1);
    assertThat(of(DataType.UINT4, 3, 0x78, 0x0F).toLongs()).containsExactly(8, 7, 15);
    assertThat(of(DataType.FLOAT4E2M1, 4, 0x10, 0xF7).toDoubles())
        .containsExactly(0.0, 0.5, 6.0, -6.0);
  }

  @Test
  void readsLargeUnsignedNumbersAsPositive() {
    Tensor largest = of(DataType.UINT64, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
    assertThat(largest.doubleAt(0)).isEqualTo(0x1p64);
    assertThat(largest.longAt(0)).isEqualTo(-1);
  }

  @Test
  void decodesHalfPrecision() {
    assertThat(pattern(DataType.FLOAT16, 0x3C00).doubleAt(0)).isEqualTo(1);
    assertThat(pattern(DataType.FLOAT16, 0xC000).doubleAt(0)).isEqualTo(-2);
    assertThat(pattern(DataType.FLOAT16, 0x7BFF).doubleAt(0)).isEqualTo(65_504);
    assertThat(pattern(DataType.FLOAT16, 0x0001).doubleAt(0)).isEqualTo(0x1p-24);
    assertThat(pattern(DataType.FLOAT16, 0xFC00).doubleAt(0)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(pattern(DataType.FLOAT16, 0x7E00).doubleAt(0)).isNaN();
  }

  @Test
  void decodesBrainFloats() {
    assertThat(pattern(DataType.BFLOAT16, 0x3F80).doubleAt(0)).isEqualTo(1);
    assertThat(pattern(DataType.BFLOAT16, 0xC049).doubleAt(0)).isEqualTo(-3.140625);
    assertThat(pattern(DataType.BFLOAT16, 0x7F80).doubleAt(0)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(pattern(DataType.BFLOAT16, 0x7FC0).doubleAt(0)).isNaN();
  }

  @Test
  void decodesEightBitFloats() {
    assertThat(of(DataType.FLOAT8E4M3FN, 5, 0x38, 0x7E, 0x01, 0x80, 0x7F).toDoubles())
        .containsExactly(1, 448, 0x1p-9, -0.0, Double.NaN);
    assertThat(of(DataType.FLOAT8E4M3FNUZ, 4, 0x40, 0x7F, 0x01, 0x80).toDoubles())
        .containsExactly(1, 240, 0x1p-10, Double.NaN);
    assertThat(of(DataType.FLOAT8E5M2, 5, 0x3C, 0x7B, 0x01, 0xFC, 0x7E).toDoubles())
        .containsExactly(1, 57_344, 0x1p-16, Double.NEGATIVE_INFINITY, Double.NaN);
    assertThat(of(DataType.FLOAT8E5M2FNUZ, 4, 0x40, 0x7F, 0x01, 0x80).toDoubles())
        .containsExactly(1, 57_344, 0x1p-17, Double.NaN);
    assertThat(of(DataType.FLOAT8E8M0, 4, 0x7F, 0x00, 0xFE, 0xFF).toDoubles())
        .containsExactly(1, 0x1p-127, 0x1p127, Double.NaN);
  }

  @Test
  void keepsFloatsBitForBit() {
    Tensor tensor = Tensor.ofFloats(Shape.of(4), 1.5f, -0f, Float.NaN, Float.MIN_VALUE);
    assertThat(tensor.toFloats()).containsExactly(1.5f, -0f, Float.NaN, Float.MIN_VALUE);
    assertThat(tensor.byteSize()).isEqualTo(16);
    assertThat(Tensor.ofDoubles(Shape.of(1), 0.1).doubleAt(0)).isEqualTo(0.1);
  }

  @Test
  void borrowsMemoryAtAnyAlignment() {
    byte[] bytes = new byte[9];
    new SplittableRandom(3).nextBytes(bytes);
    MemorySegment shifted = MemorySegment.ofArray(bytes).asSlice(1);
    Tensor tensor = Tensor.of(DataType.FLOAT, Shape.of(2), shifted);
    assertThat(Float.floatToRawIntBits(tensor.toFloats()[0]) & 0xFF).isEqualTo(bytes[1] & 0xFF);
    assertThat(tensor.bytes().isReadOnly()).isTrue();
  }

  @Test
  void comparesBits() {
    Tensor zero = Tensor.scalar(0f);
    assertThat(zero.contentEquals(Tensor.scalar(0f))).isTrue();
    assertThat(zero.contentEquals(Tensor.scalar(-0f))).isFalse();
    assertThat(zero.contentEquals(Tensor.ofFloats(Shape.of(1), 0))).isFalse();
    assertThat(Tensor.scalar(Float.NaN).contentEquals(Tensor.scalar(Float.NaN))).isTrue();
    assertThat(Tensor.scalar(0L).contentEquals(Tensor.ofDoubles(Shape.SCALAR, 0))).isFalse();
  }

  @Test
  void viewsTheSameBytesInAnotherShape() {
    Tensor tensor = Tensor.ofFloats(Shape.of(2, 3), 0, 1, 2, 3, 4, 5);
    assertThat(tensor.reshape(Shape.of(3, 2)).toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThatThrownBy(() -> tensor.reshape(Shape.of(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2, 3] (6 elements) as [4]");
  }

  @Test
  void keepsStringsApart() {
    Tensor tensor = Tensor.ofStrings(Shape.of(2), List.of(ByteString.of("ä"), ByteString.of("bc")));
    assertThat(tensor.byteSize()).isEqualTo(4);
    assertThat(tensor.strings().get(1).utf8()).isEqualTo("bc");
    assertThatThrownBy(tensor::bytes).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Tensor.ofStrings(Shape.of(3), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesBytesThatDoNotMatchTheShape() {
    assertThatThrownBy(() -> of(DataType.FLOAT, 2, 0, 0, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("FLOAT tensor of shape [2] needs 8 bytes, got 4");
    assertThatThrownBy(() -> of(DataType.INT4, 3, 0)).hasMessageContaining("needs 2 bytes");
    assertThatThrownBy(() -> of(DataType.FLOAT, 1, 0, 0, 0, 0).longAt(0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesShapesWhoseSizeOverflows() {
    Shape huge = Shape.of(1L << 40, 1L << 40);
    assertThatThrownBy(() -> Tensor.of(DataType.FLOAT, huge, MemorySegment.NULL))
        .isInstanceOf(ArithmeticException.class);
    assertThat(Shape.of(1L << 40, 0, 1L << 40).elements()).isZero();
  }
}
