// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import static dev.quench.export.target.TargetChecks.assertImported;
import static dev.quench.export.target.TargetChecks.check;
import static dev.quench.export.target.TargetChecks.computed;
import static dev.quench.export.target.TargetChecks.op;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which QuantizeLinear and DequantizeLinear TensorRT imports.
class TensorRtQuantizationTest {
  private final Tensor zero = Tensor.ofInt8(Shape.SCALAR, (byte) 0);

  private void quantize(GraphMaker made, Value scale, Value zeroPoint) {
    Value x = made.input("x", 4);
    Node q = made.node(op("QuantizeLinear", x, scale, zeroPoint).output("q"));
    made.output(
        NodeBuilder.of("DequantizeLinear").name("d").inputs(q.output(0), scale, zeroPoint), "y");
  }

  @Test
  void symmetricInt8IsImported() {
    assertImported(
        made -> quantize(made, made.constant("s", Tensor.scalar(0.5f)), made.constant("z", zero)));
  }

  @Test
  void zeroPointMustBeZero() {
    assertThat(
            check(
                18,
                made ->
                    quantize(
                        made,
                        made.constant("s", Tensor.scalar(0.5f)),
                        made.constant("z", Tensor.ofInt8(Shape.SCALAR, (byte) 3)))))
        .hasSize(2)
        .allSatisfy(refusal -> assertThat(refusal.reason()).contains("zero point is not 0"));
  }

  @Test
  void unsignedTypesAreRefused() {
    assertThat(
            check(
                18,
                made ->
                    quantize(
                        made,
                        made.constant("s", Tensor.scalar(0.5f)),
                        made.constant("z", GraphMaker.bytes(DataType.UINT8, Shape.SCALAR, 0)))))
        .extracting(Refusal::node)
        .containsExactly("QuantizeLinear 'n'", "DequantizeLinear 'd'");
  }

  @Test
  void withoutZeroPointItIsUnsigned() {
    assertThat(
            check(
                18,
                made ->
                    made.output(
                        op(
                            "QuantizeLinear",
                            made.input("x", 4),
                            made.constant("s", Tensor.scalar(0.5f))),
                        "y")))
        .extracting(Refusal::reason)
        .containsExactly("quantizes to UINT8, expected INT8, FLOAT8E4M3FN, FLOAT4E2M1 or INT4");
  }

  @Test
  void scaleMustBeConstant() {
    assertThat(
            check(
                18,
                made ->
                    quantize(
                        made, computed(made, "s", Tensor.scalar(0.5f)), made.constant("z", zero))))
        .extracting(Refusal::reason)
        .contains("its scale 's' is computed, expected a constant");
  }

  @Test
  void scaleMustBePositive() {
    assertThat(
            check(
                18,
                made ->
                    quantize(
                        made, made.constant("s", Tensor.scalar(0f)), made.constant("z", zero))))
        .extracting(Refusal::reason)
        .contains("a scale is not positive and finite");
  }

  @Test
  void zeroPointInAConstantNodeIsImported() {
    assertImported(made ->
        quantize(
            made,
            made.constant("s", Tensor.scalar(0.5f)),
            made.node(
                    NodeBuilder.of("Constant")
                        .attribute("value", AttributeValue.of(zero))
                        .output("z"))
                .output(0)));
  }

  private static List<Refusal> blocks(DataType type, Shape weights, Shape scales, int axis) {
    return check(
        21,
        made -> {
          byte[] bytes = new byte[Math.toIntExact(type.byteSize(weights.elements()))];
          float[] ones = new float[Math.toIntExact(scales.elements())];
          Arrays.fill(ones, 1);
          made.output(
              op(
                      "DequantizeLinear",
                      made.constant("w", Tensor.of(type, weights, MemorySegment.ofArray(bytes))),
                      made.constant("s", Tensor.ofFloats(scales, ones)))
                  .attribute("axis", axis)
                  .attribute("block_size", 16),
              "y");
        });
  }

  @Test
  void wholeBlocksOfFourBitsAreImported() {
    assertThat(blocks(DataType.INT4, Shape.of(32, 5), Shape.of(2, 5), 0)).isEmpty();
    assertThat(blocks(DataType.INT4, Shape.of(5, 32), Shape.of(5, 2), -1)).isEmpty();
  }

  @Test
  void blocksOfEightBitsAreRefused() {
    assertThat(blocks(DataType.INT8, Shape.of(32, 5), Shape.of(2, 5), 0))
        .extracting(Refusal::reason)
        .containsExactly("its weights are INT8 in blocks, expected INT4");
  }

  @Test
  void aShorterLastBlockIsRefused() {
    assertThat(blocks(DataType.INT4, Shape.of(40, 4), Shape.of(3, 4), 0))
        .extracting(Refusal::reason)
        .containsExactly("axis 0 of shape [40, 4] is not a multiple of the block size 16");
  }

  @Test
  void blocksAlongAnEarlyAxisAreRefused() {
    assertThat(blocks(DataType.INT4, Shape.of(32, 2, 3), Shape.of(2, 2, 3), 0))
        .extracting(Refusal::reason)
        .containsExactly(
            "its blocks run along axis 0 of shape [32, 2, 3], expected one of the last two");
  }
}
