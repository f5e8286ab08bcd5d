// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.precision;

import static dev.quench.export.precision.LoweredModels.FP16;
import static dev.quench.export.precision.LoweredModels.lowered;
import static dev.quench.export.precision.LoweredModels.type;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Q/DQ nodes in a lowered model.
class LoweredQuantizationTest {
  private GraphMaker quantized(float scale) {
    GraphMaker made = new GraphMaker(13, 9);
    Value x = made.input("x", 4, 16);
    Value w = made.constant("w", GraphMaker.floats(new SplittableRandom(9), 16, 16));
    Value first =
        made.node(NodeBuilder.of("MatMul").name("first").inputs(x, w).output("p")).output(0);
    Value s = made.constant("s", Tensor.scalar(scale));
    Value zero = made.constant("zero", Tensor.ofInt8(Shape.SCALAR, (byte) 0));
    Value q =
        made.node(NodeBuilder.of("QuantizeLinear").inputs(first, s, zero).output("q")).output(0);
    Value dq =
        made.node(NodeBuilder.of("DequantizeLinear").inputs(q, s, zero).output("dq")).output(0);
    byte[] weights = new byte[256];
    new Random(3).nextBytes(weights);
    Value w8 = made.constant("w8", Tensor.ofInt8(Shape.of(16, 16), weights));
    Value ws = made.constant("ws", Tensor.scalar(0.01f));
    Value dw =
        made.node(NodeBuilder.of("DequantizeLinear").inputs(w8, ws, zero).output("dw")).output(0);
    made.output(NodeBuilder.of("MatMul").name("second").inputs(dq, dw), "y");
    return made;
  }

  @Test
  void scalesTakeTheTypeOfTheActivation() {
    GraphMaker made = quantized(0.25f);
    Model model = made.model();
    PrecisionReport report = lowered(made, model, FP16);
    assertThat(report.kept()).isEmpty();
    assertThat(report.casts()).isEqualTo(2);
    assertThat(model.opset()).isEqualTo(19);
    for (Node node : model.graph().nodes()) {
      if (node.is("QuantizeLinear") || node.is("DequantizeLinear")) {
        assertThat(node.input(1).dataType()).contains(DataType.FLOAT16);
      }
    }
    assertThat(Execution.run(model, made.inputs()).get("y").dataType()).isEqualTo(DataType.FLOAT);
  }

  @Test
  void aScaleThatWouldUnderflowKeepsThePairAndItsReaderFloat() {
    GraphMaker made = quantized(3e-8f);
    Model model = made.model();
    PrecisionReport report = FP16.apply(model);
    GraphValidator.validate(model);
    assertThat(report.kept())
        .extracting(PrecisionReport.Kept::toString)
        .containsExactly("MatMul 'second': the scale of 'dq' does not fit FLOAT16");
    assertThat(type(model, "s")).isEqualTo(DataType.FLOAT);
    assertThat(type(model, "dq")).isEqualTo(DataType.FLOAT);
    assertThat(type(model, "p")).isEqualTo(DataType.FLOAT16);
  }

  @Test
  void aPairAcrossBothTypesSharesTheRoundedScale() {
    GraphMaker made = quantized(0.1f);
    Model model = made.model();
    lowered(made, model, FP16.keeping(NodeSelection.of(List.of("second"))));
    assertThat(type(model, "dq")).isEqualTo(DataType.FLOAT);
    Node dequantize = model.graph().value("dq").orElseThrow().producer().orElseThrow();
    float used = dequantize.input(1).constant().orElseThrow().toFloats()[0];
    assertThat(used).isEqualTo(Float.float16ToFloat(Float.floatToFloat16(0.1f)));
  }
}
