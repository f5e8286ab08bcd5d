// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/// Q/DQ nodes of models in half precision.
class HalfPrecisionQdqTest extends QdqFixture {
  @Test
  void scalesHalfPrecisionInHalfPrecision() {
    GraphMaker half = halfPrecision(19);

    new InsertQdq(FOUR, ALL).apply(half.model());

    Node conv = half.node("y");
    for (int input = 0; input < 2; input++) {
      assertThat(conv.input(input).producer().orElseThrow().input(1).constant().orElseThrow())
          .extracting(Tensor::dataType)
          .isEqualTo(DataType.FLOAT16);
    }
    assertThat(conv.input(0).dataType()).contains(DataType.FLOAT16);
  }

  @Test
  void refusesHalfPrecisionBeforeOpset19() {
    assertThatThrownBy(() -> new InsertQdq(FOUR, ALL).apply(halfPrecision(13).model()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs opset 19");
  }

  private static GraphMaker halfPrecision(long opset) {
    GraphMaker half = new GraphMaker(opset);
    Value x = half.graph().addInput("x", ValueType.tensor(DataType.FLOAT16, Shape.of(1, 1, 2, 2)));
    short one = Float.floatToFloat16(1f);
    Value w =
        half.constant(
            "w",
            Tensor.of(
                DataType.FLOAT16,
                Shape.of(1, 1, 1, 1),
                MemorySegment.ofArray(new byte[] {(byte) one, (byte) (one >> 8)})));
    Value y = half.add("Conv", "y", x, w);
    y.setType(ValueType.tensor(DataType.FLOAT16, Shape.of(1, 1, 2, 2)));
    half.outputs(y);
    return half;
  }

  @Test
  void needsOpset19ForHalfPrecisionAlone() {
    assertThat(InsertQdq.neededOpset(halfPrecision(13).model())).isEqualTo(19);
    fixture.input("x", 1, 2);
    assertThat(InsertQdq.neededOpset(fixture.model())).isEqualTo(13);
  }
}
