// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Precision;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArithmeticTest {
  @ParameterizedTest
  @CsvSource({
    "INT8, -128, 100, INT8",
    "INT8, -100, 127, INT8",
    "INT8, -8, 7, 4-bit weights in INT8",
    "INT8, -9, 7, 5-bit weights in INT8",
    "INT8, -7, 8, 5-bit weights in INT8",
    "UINT8, 0, 255, INT8",
    "UINT8, 0, 15, 4-bit weights in UINT8",
    "INT16, -32768, 5, INT16 weights",
    "INT16, -2048, 5, 12-bit weights in INT16",
    "INT4, -8, 7, INT4 weights"
  })
  void isNamedByTheWidestWeights(DataType type, int lowest, int highest, String name) {
    GraphMaker maker = new GraphMaker(21, 1);
    Value x = maker.input("x", 1, 2);
    Value narrow = weights(maker, "a", DataType.INT8, 0, 1);
    Value wide = weights(maker, "b", type, lowest, highest);
    Value sums = maker.add("Gemm", "sums", activation(maker, x), narrow);
    maker.output(maker.add("Gemm", "y", sums, wide));
    assertThat(arithmetic(maker.model(), Precision.INT8)).isEqualTo(name);
  }

  /// Up to 7 bits its levels are odd; of more bits 1 is subtracted.
  @ParameterizedTest
  @CsvSource({"false, 4-bit weights in INT8", "true, UINT16 weights"})
  void countsTheLevelsOfDorefa(boolean wide, String name) {
    GraphMaker maker = new GraphMaker(21, 1);
    Tensor stored =
        wide
            ? GraphMaker.bytes(DataType.UINT16, Shape.of(2, 2), 1, 2, 0, 255, 0, 0, 0, 0)
            : GraphMaker.bytes(DataType.INT8, Shape.of(2, 2), -15, 15, -1, 3);
    Value weights = dequantized(maker, "levels", stored);
    if (wide) {
      weights = maker.add("Sub", "w", weights, maker.constant("one", Tensor.scalar(1f)));
    }
    maker.output(maker.add("Gemm", "y", activation(maker, maker.input("x", 1, 2)), weights));
    assertThat(arithmetic(maker.model(), Precision.INT8)).isEqualTo(name);
  }

  /// Integer operators keep their weights without DequantizeLinear.
  @Test
  void integerOperatorsAreNotTakenForFloat() {
    GraphMaker maker = new GraphMaker(21, 1);
    Value x = maker.input("x", 1, 2);
    Value scale = maker.constant("scale", Tensor.scalar(0.1f));
    Value zero = maker.constant("zero", GraphMaker.bytes(DataType.INT8, Shape.SCALAR, 0));
    Value stored = maker.constant("w", GraphMaker.bytes(DataType.INT8, Shape.of(2, 2), 1, 2, 3, 4));
    Value quantized = maker.add("QuantizeLinear", "q", x, scale, zero);
    Value product =
        maker.add("QLinearMatMul", "p", quantized, scale, zero, stored, scale, zero, scale, zero);
    Value sums = maker.add("DequantizeLinear", "sums", product, scale, zero);
    maker.output(maker.add("Gemm", "y", sums, maker.weights("float", 2, 2)));
    assertThat(arithmetic(maker.model(), Precision.INT8)).isEqualTo("INT8");
  }

  @ParameterizedTest
  @CsvSource({
    "1, true, 1-bit (W1A1)",
    "1, false, 1-bit weights (W1A32)",
    "0, true, ternary (W1.5A1)",
    "0, false, ternary weights (W1.5A32)"
  })
  void namesBinaryAndTernaryLayers(float other, boolean signs, String name) {
    GraphMaker maker = new GraphMaker(21, 1);
    Value x = maker.input("x", 1, 2);
    Value input = signs ? SignPattern.append(maker.model().graph(), "sign", x) : x;
    Tensor weights = Tensor.ofFloats(Shape.of(2, 2), new float[] {1, -1, other, -1});
    maker.output(maker.add("MatMul", "y", input, maker.constant("w", weights)));
    assertThat(arithmetic(maker.model(), Precision.FP32)).isEqualTo(name);
  }

  @Test
  void namesTheSideThatStaysFloat() {
    GraphMaker maker = new GraphMaker(21, 1);
    Value x = maker.input("x", 1, 2);
    Value weights = weights(maker, "w", DataType.INT8, -128, 127);
    maker.output(maker.add("Gemm", "y", x, weights));
    assertThat(arithmetic(maker.model(), Precision.FP32))
        .isEqualTo("8-bit weights, float activations");

    GraphMaker other = new GraphMaker(21, 1);
    Value rounded = activation(other, other.input("x", 1, 2));
    other.output(other.add("Gemm", "y", rounded, other.weights("w", 2, 2)));
    assertThat(arithmetic(other.model(), Precision.INT8))
        .isEqualTo("float weights, quantized activations");
  }

  private static Value activation(GraphMaker maker, Value x) {
    Value scale = maker.constant("x_scale", Tensor.scalar(0.1f));
    Value zero = maker.constant("x_zero", GraphMaker.bytes(DataType.INT8, Shape.SCALAR, 0));
    Value quantized = maker.add("QuantizeLinear", "x_quantized", x, scale, zero);
    return maker.add("DequantizeLinear", "x_rounded", quantized, scale, zero);
  }

  @Test
  void isThePrecisionOfPlainWeights() {
    GraphMaker maker = new GraphMaker(21, 1);
    maker.output(maker.add("Gemm", "y", maker.input("x", 1, 2), maker.weights("w", 2, 2)));
    assertThat(arithmetic(maker.model(), Precision.FP32)).isEqualTo("FP32");
  }

  private static Value weights(
      GraphMaker maker, String name, DataType type, int lowest, int highest) {
    return dequantized(
        maker, name, GraphMaker.bytes(type, Shape.of(2, 2), bytes(type, lowest, highest)));
  }

  private static Value dequantized(GraphMaker maker, String name, Tensor stored) {
    return maker.add(
        "DequantizeLinear",
        name,
        maker.constant(name + "_stored", stored),
        maker.constant(name + "_scale", Tensor.scalar(0.1f)));
  }

  private static int[] bytes(DataType type, int lowest, int highest) {
    return switch (type.bits()) {
      case 4 -> new int[] {lowest & 15 | (highest & 15) << 4, 0};
      case 8 -> new int[] {lowest, highest, 0, 0};
      default -> new int[] {lowest, lowest >> 8, highest, highest >> 8, 0, 0, 0, 0};
    };
  }

  private static String arithmetic(Model model, Precision precision) {
    return Arithmetic.of(new Candidate("made", model, new OnnxRuntimeBackend(), precision, 0));
  }
}
