// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import static dev.quench.compress.Equivalence.opTypes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreInt8WeightsTest {
  private final GraphMaker fixture = new GraphMaker(17);

  private static QuantizationReport store(Model model) {
    return new StoreInt8Weights(NodeSelection.NONE).apply(model);
  }

  private static void assertErrsByAtMost(double error, Model before, Model after) {
    Map<String, Tensor> inputs = Equivalence.randomInputs(before, 5);
    Map<String, Tensor> expected = Equivalence.run(before, inputs);
    Map<String, Tensor> actual = Equivalence.run(after, inputs);
    expected.forEach((name, tensor) ->
        assertThat(Equivalence.relativeError(tensor, actual.get(name))).isLessThan(error));
  }

  @Test
  void weightsComeBackWithinHalfAScale() {
    Value x = fixture.input("x", 1, 4, 8, 8);
    fixture.outputs(fixture.add(NodeBuilder.of("Conv"), "y", x, fixture.weights("w", 6, 4, 3, 3)));
    Tensor exact = fixture.model().graph().value("w").orElseThrow().constant().orElseThrow();
    Model model = fixture.model();

    store(model);

    assertThat(opTypes(model)).containsExactly("Cast", "Mul", "Conv");
    assertThat(model.graph().value("w")).isEmpty();
    Model stored = model.copy();
    stored.graph().addOutput(stored.graph().value("w_dequantized").orElseThrow());
    float[] back =
        Equivalence.run(stored, Equivalence.randomInputs(stored, 1))
            .get("w_dequantized")
            .toFloats();
    float[] scales =
        model.graph().value("w_scale").orElseThrow().constant().orElseThrow().toFloats();
    for (int i = 0; i < back.length; i++) {
      double half = 0.5001 * scales[i / (back.length / 6)];
      assertThat(Math.abs(back[i] - exact.toFloats()[i])).isLessThanOrEqualTo((float) half);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aProductKeepsOneScaleAColumn(int transposed) {
    Value x = fixture.input("x", 3, 24);
    long[] shape = transposed == 1 ? new long[] {16, 24} : new long[] {24, 16};
    fixture.outputs(
        fixture.add(
            NodeBuilder.of("Gemm").attribute("transB", transposed),
            "y",
            x,
            fixture.weights("w", shape),
            fixture.weights("b", 16)));
    Model before = fixture.model().copy();

    store(fixture.model());

    assertThat(
            fixture
                .model()
                .graph()
                .value("w_scale")
                .orElseThrow()
                .constant()
                .orElseThrow()
                .elements())
        .isEqualTo(16);
    assertErrsByAtMost(0.02, before, fixture.model());
  }

  @Test
  void sharedWeightsAreStoredOnceAndExcludedLayersKeepThem() {
    Value x = fixture.input("x", 3, 24);
    Value w = fixture.weights("w", 24, 24);
    Value first = fixture.add("MatMul", "first", x, w);
    Value second = fixture.add("MatMul", "second", first, w);
    fixture.outputs(fixture.add("MatMul", "third", second, w));
    Model before = fixture.model().copy();

    QuantizationReport report =
        new StoreInt8Weights(NodeSelection.of(List.of("third"))).apply(fixture.model());

    assertThat(opTypes(fixture.model()))
        .containsExactly("Cast", "Mul", "MatMul", "MatMul", "MatMul");
    assertThat(fixture.node("third").input(1).name()).isEqualTo("w");
    assertThat(report.layers()).hasSize(2);
    assertThat(report.leftFloat().getFirst().reason()).isEqualTo("excluded by name");
    assertErrsByAtMost(0.05, before, fixture.model());
  }

  @Test
  void aDepthwiseNetworkTakesAThirdOfItsSpaceAndErrsLittle() {
    Model before = Architecture.MOBILENET_V2.build(NetworkOptions.MNIST.withWidthMultiplier(0.75));
    Model after = before.copy();

    assertThat(store(after).leftFloat()).isEmpty();

    assertThat(OnnxWriter.toBytes(after).length * 3L).isLessThan(OnnxWriter.toBytes(before).length);
    assertErrsByAtMost(0.1, before, after);
  }

  @Test
  void aQuantizedModelIsLeftAsItIs() {
    Value x = fixture.input("x", 1, 4, 8, 8);
    fixture.outputs(fixture.add(NodeBuilder.of("Conv"), "y", x, fixture.weights("w", 6, 4, 3, 3)));
    store(fixture.model());
    List<String> once = opTypes(fixture.model());

    assertThat(store(fixture.model()).layers()).isEmpty();
    assertThat(opTypes(fixture.model())).isEqualTo(once);
  }
}
