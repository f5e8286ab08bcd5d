// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.run.Session;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PreparationTest {
  private static final float SCALE = 0.25f;

  /// In sixteenths, exact in FP16: a quarter of the multiples of the scale lie between two.
  private static final int VALUES = 1200;

  /// Engines round to nearest, ties to even; a reference that rounds toward zero would accuse them.
  @Test
  void referencesOfQuantizationInFp16RoundToNearestTiesToEven() {
    float[] x = new float[VALUES];
    float[] expected = new float[VALUES];
    for (int i = 0; i < VALUES; i++) {
      x[i] = (i - VALUES / 2) / 16f;
      expected[i] = SCALE * (int) Math.clamp(Math.rint(x[i] / SCALE), -128, 127);
    }
    try (Session session = Preparation.open(model())) {
      assertThat(session.run(Map.of("x", Tensor.ofFloats(Shape.of(VALUES), x))).get("y").toFloats())
          .containsExactly(expected);
    }
  }

  /// `y = x` by way of FP16 and INT8.
  private static Model model() {
    Graph graph = new Graph("g", OpsetImports.onnx(19));
    Value x = graph.addInput("x", type(DataType.FLOAT));
    Value scale =
        graph.addInitializer("scale", Tensor.of(DataType.FLOAT16, Shape.SCALAR, half(SCALE)));
    Value zero = graph.addInitializer("zero", Tensor.ofInt8(Shape.SCALAR, (byte) 0));
    Value half = cast(graph, x, DataType.FLOAT16, "half");
    Value quantized =
        graph
            .append(
                NodeBuilder.of("QuantizeLinear")
                    .inputs(half, scale, zero)
                    .output("quantized", type(DataType.INT8)))
            .output(0);
    Value real =
        graph
            .append(
                NodeBuilder.of("DequantizeLinear")
                    .inputs(quantized, scale, zero)
                    .output("real", type(DataType.FLOAT16)))
            .output(0);
    graph.addOutput(cast(graph, real, DataType.FLOAT, "y"));
    return new Model(graph, 9);
  }

  private static MemorySegment half(float value) {
    byte[] bytes = new byte[Short.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(Float.floatToFloat16(value));
    return MemorySegment.ofArray(bytes);
  }

  private static Value cast(Graph graph, Value value, DataType to, String name) {
    return graph
        .append(
            NodeBuilder.of("Cast")
                .inputs(value)
                .attribute("to", to.onnxCode())
                .output(name, type(to)))
        .output(0);
  }

  private static ValueType type(DataType type) {
    return ValueType.tensor(type, Shape.of(VALUES));
  }
}
