// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportTargetTest {
  @ParameterizedTest
  @CsvSource({
    "tensorrt, tensorrt-10.15",
    "tensorrt-10.15, tensorrt-10.15",
    "tensorrt-11, tensorrt-11",
    "onnxruntime, onnxruntime",
    "xnor, xnor",
  })
  void isFoundByName(String name, String found) {
    assertThat(ExportTarget.named(name).name()).isEqualTo(found);
  }

  @Test
  void ofAnUnknownNameIsRefusedWithThoseThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExportTarget.named("tensorrt-8"))
        .withMessageContaining("tensorrt-10.15, tensorrt-11, onnxruntime, xnor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tensorrt-10.15", "tensorrt-11", "onnxruntime", "xnor"})
  void takesTheTrainedNetwork(String target) throws IOException {
    try (InputStream stream = getClass().getResourceAsStream("/nin-fashion-mnist.onnx")) {
      Model model = OnnxReader.read(stream.readAllBytes(), "nin");
      assertThat(ExportTarget.named(target).refusals(model)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tensorrt-10.15, TensorRT 10.15 does not import this operator",
    "tensorrt-11, TensorRT 11 does not import this operator",
  })
  void tensorRtNamesItsRelease(String target, String reason) {
    GraphMaker made = new GraphMaker(17, 1);
    made.output(NodeBuilder.of("Det").name("d").inputs(made.input("x", 2, 2)), "y");
    assertThat(ExportTarget.named(target).refusals(made.model()))
        .singleElement()
        .isEqualTo(
            new Refusal(
                "Det 'd'",
                reason,
                "replace it by other operators, or run the model in ONNX Runtime"));
  }

  @Test
  void releasesDifferInTheirNewestOpset() {
    GraphMaker made = new GraphMaker(25, 2);
    made.output(NodeBuilder.of("Relu").inputs(made.input("x", 2)), "y");
    Model model = made.model();
    assertThat(ExportTarget.named("tensorrt-10.15").refusals(model))
        .singleElement()
        .satisfies(refusal ->
            assertThat(refusal.reason())
                .isEqualTo("uses ONNX opset 25, TensorRT 10.15 imports 9 to 24"));
    assertThat(ExportTarget.named("tensorrt-11").refusals(model)).isEmpty();
  }

  @Test
  void onnxRuntimeIsAskedForEachNodeItRefuses() {
    GraphMaker made = new GraphMaker(17, 3);
    Value x = made.input("x", 2, 2);
    Value first =
        made.node(
                NodeBuilder.of("Mystery")
                    .domain("com.example")
                    .name("first")
                    .inputs(x)
                    .output("a", ValueType.tensor(DataType.FLOAT, Shape.of(2, 2))))
            .output(0);
    Value relu = made.node(NodeBuilder.of("Relu").name("fine").inputs(first).output("b")).output(0);
    Value bits =
        made.node(
                NodeBuilder.of("Cast")
                    .inputs(relu)
                    .attribute("to", DataType.BFLOAT16.onnxCode())
                    .output("c"))
            .output(0);
    Value sines = made.node(NodeBuilder.of("Sin").name("sines").inputs(bits).output("d")).output(0);
    made.output(
        NodeBuilder.of("Cast").inputs(sines).attribute("to", DataType.FLOAT.onnxCode()), "y");
    assertThat(ExportTarget.named("onnxruntime").refusals(made.model()))
        .extracting(Refusal::node)
        .containsExactly("com.example.Mystery 'first'", "Sin 'sines'");
  }

  @Test
  void xnorWantsFloatProducts() {
    GraphMaker made = new GraphMaker(17, 4);
    Value x = made.input("x", 2, 16);
    made.output(NodeBuilder.of("MatMul").name("product").inputs(x, made.weights("w", 16, 16)), "y");
    Model model = made.model();
    assertThat(ExportTarget.named("xnor").refusals(model)).isEmpty();
    LowerPrecision.to(ReducedPrecision.FP16).apply(model);
    assertThat(ExportTarget.named("xnor").refusals(model))
        .singleElement()
        .satisfies(refusal -> {
          assertThat(refusal.node()).isEqualTo("MatMul 'product'");
          assertThat(refusal.reason()).contains("is FLOAT16, expected FLOAT for binary layers");
        });
  }

  @Test
  void tensorRtResizesWithoutExtras() {
    GraphMaker made = new GraphMaker(18, 5);
    Value x = made.input("x", 1, 1, 4, 4);
    Value scales = made.constant("scales", Tensor.ofFloats(Shape.of(2), 2, 2));
    made.output(
        NodeBuilder.of("Resize")
            .name("r")
            .inputs(x, Value.ABSENT, scales)
            .ints("axes", 2, 3)
            .attribute("antialias", 1)
            .attribute("mode", "linear"),
        "y");
    assertThat(ExportTarget.named("tensorrt").refusals(made.model()))
        .extracting(Refusal::reason)
        .containsExactly(
            "antialias is not 0",
            "axes are [2, 3] together with scales, expected all of them in order");
  }
}
