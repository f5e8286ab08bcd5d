// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShapeTest {
  private static final Shape FREE = Shape.of(Dim.of("N"), Dim.of(3), Dim.UNKNOWN);

  @Test
  void countsElements() {
    assertThat(Shape.of(2, 3, 4).elements()).isEqualTo(24);
    assertThat(Shape.SCALAR.elements()).isEqualTo(1);
    assertThat(Shape.of(5, 0).elements()).isZero();
  }

  @Test
  void countsAxesFromEitherEnd() {
    assertThat(FREE.dim(-3)).isEqualTo(Dim.of("N"));
    assertThat(FREE.size(-2)).isEqualTo(3);
    assertThat(FREE.with(-1, Dim.of(7))).isEqualTo(Shape.of(Dim.of("N"), Dim.of(3), Dim.of(7)));
    assertThatThrownBy(() -> FREE.dim(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> FREE.dim(-4)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void refusesSizesThatAreFree() {
    assertThat(FREE.isStatic()).isFalse();
    assertThatThrownBy(FREE::elements)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("shape [N, 3, ?] is not static");
  }

  @Test
  void refusesNegativeSizesAndEmptyNames() {
    assertThatThrownBy(() -> Shape.of(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Dim.of("")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void copiesItsDimensions() {
    List<Dim> dims = new ArrayList<>(List.of(Dim.of(1)));
    Shape shape = new Shape(dims);
    dims.set(0, Dim.of(2));
    assertThat(shape).isEqualTo(Shape.of(1));
  }

  @Test
  void packsNarrowTypes() {
    assertThat(DataType.INT4.byteSize(3)).isEqualTo(2);
    assertThat(DataType.FLOAT16.byteSize(3)).isEqualTo(6);
    assertThatThrownBy(() -> DataType.DOUBLE.byteSize(Long.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
    for (DataType type : DataType.values()) {
      assertThat(DataType.fromOnnxCode(type.onnxCode())).contains(type);
    }
    assertThat(DataType.fromOnnxCode(0)).isEmpty();
  }
}
