// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.QuantizationRanges;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InsertQdqTest extends QdqFixture {
  @Test
  void readsActivationAndWeightsThroughDequantizers() {
    fixture.outputs(convolution("y", fixture.input("x", 1, 3, 2, 2)));

    QuantizationReport report = insert(FOUR, ALL);

    assertThat(opTypes(fixture.model()))
        .containsExactly("QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv");
    Node conv = fixture.node("y");
    Node activation = conv.input(0).producer().orElseThrow();
    Node weights = conv.input(1).producer().orElseThrow();
    assertThat(activation.input(1).constant().orElseThrow().toFloats())
        .containsExactly((float) (4 / 127.0));
    assertThat(activation.input(2).constant().orElseThrow().dataType()).isEqualTo(DataType.INT8);
    assertThat(weights.input(0).constant().orElseThrow().dataType()).isEqualTo(DataType.INT8);
    assertThat(weights.intAttribute("axis", 7)).isZero();
    assertThat(weights.input(1).constant().orElseThrow().shape()).isEqualTo(Shape.of(4));
    assertThat(fixture.graph().value("y.w")).isEmpty();
    assertThat(conv.input(2).name()).isEqualTo("y.b");
    assertThat(report.layers()).containsExactly("Conv 'y'");
    assertThat(report.activations()).hasSize(1);
    assertThat(report.leftFloat()).isEmpty();
  }

  @Test
  void computesTheSameWithFloatWeights() {
    fixture.outputs(convolution("y", fixture.input("x", 1, 3, 8, 8)));
    Model stored = fixture.model();
    Model floats = stored.copy();

    new InsertQdq(FOUR, ALL).apply(stored);
    new InsertQdq(FOUR, ALL.withWeightsAsInt8(false)).apply(floats);

    assertThat(opTypes(floats))
        .containsExactly(
            "QuantizeLinear", "DequantizeLinear", "QuantizeLinear", "DequantizeLinear", "Conv");
    Map<String, Tensor> inputs = randomInputs(stored, 5);
    assertThat(run(stored, inputs).get("y").contentEquals(run(floats, inputs).get("y"))).isTrue();
  }

  @Test
  void errsByHalfAScaleInsideTheRange() {
    Value x = fixture.input("x", 1, 1, 1, 1000);
    Value w = fixture.constant("w", Tensor.ofFloats(Shape.of(1, 1, 1, 1), 1));
    fixture.outputs(fixture.add("Conv", "y", x, w));
    float[] values = new float[1000];
    for (int i = 0; i < values.length; i++) {
      values[i] = -4 + i * 0.008f;
    }
    values[999] = 9;

    insert(FOUR, ALL);

    Tensor y =
        run(fixture.model(), Map.of("x", Tensor.ofFloats(Shape.of(1, 1, 1, 1000), values)))
            .get("y");
    double scale = 4 / 127.0;
    for (int i = 0; i < 999; i++) {
      assertThat(Math.abs(y.doubleAt(i) - values[i])).isLessThanOrEqualTo(scale / 2 * 1.00001);
    }
    assertThat(y.doubleAt(999)).isEqualTo(127 * scale, Offset.offset(1e-6));
  }

  @Test
  void leavesOtherReadersAndGraphOutputsTheOriginal() {
    Value relu = fixture.add("Relu", "relu", fixture.input("x", 1, 3, 2, 2));
    fixture.outputs(convolution("y", relu), relu, fixture.add("Exp", "e", relu));

    insert(FOUR, ALL);

    assertThat(fixture.graph().outputs().get(1)).isSameAs(relu);
    assertThat(fixture.node("e").input(0)).isSameAs(relu);
    assertThat(fixture.node("y").input(0)).isNotSameAs(relu);
  }

  @Test
  void quantizesATensorOnceForAllItsLayers() {
    Value x = fixture.input("x", 1, 3, 2, 2);
    fixture.outputs(convolution("y", x), convolution("z", x));

    insert(FOUR, ALL);

    assertThat(fixture.node("y").input(0)).isSameAs(fixture.node("z").input(0));
    assertThat(opTypes(fixture.model())).filteredOn("QuantizeLinear"::equals).hasSize(1);
  }

  @Test
  void quantizesSharedWeightsOnceAndKeepsThemForFloatReaders() {
    Value x = fixture.input("x", 1, 3, 2, 2);
    Value w = fixture.weights("w", 4, 3, 1, 1);
    fixture.outputs(
        fixture.add("Conv", "y", x, w), fixture.add("Conv", "z", x, w), fixture.add("Exp", "e", w));

    insert(FOUR, ALL);

    assertThat(fixture.node("y").input(1)).isSameAs(fixture.node("z").input(1));
    assertThat(fixture.node("e").input(0)).isSameAs(w);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void takesTheAxisOfAGemmFromTransB(int transB) {
    Value x = fixture.input("x", 2, 6);
    Value w = transB == 0 ? fixture.weights("w", 6, 4) : fixture.weights("w", 4, 6);
    fixture.outputs(
        fixture.add(
            NodeBuilder.of("Gemm")
                .attribute("transB", transB)
                .attribute("alpha", 0.5f)
                .attribute("beta", 2f),
            "y",
            x,
            w,
            fixture.weights("c", 4)));
    Model before = fixture.model().copy();

    insert(FOUR, ALL);

    Node weights = fixture.node("y").input(1).producer().orElseThrow();
    assertThat(weights.intAttribute("axis", 7)).isEqualTo(1 - transB);
    assertThat(weights.input(1).constant().orElseThrow().elements()).isEqualTo(4);
    assertAlmostSame(before);
  }

  @Test
  void takesAxisOneOfAMatrixProduct() {
    fixture.outputs(
        fixture.add("MatMul", "y", fixture.input("x", 2, 3, 6), fixture.weights("w", 6, 4)));
    Model before = fixture.model().copy();

    insert(FOUR, ALL);

    assertThat(fixture.node("y").input(1).producer().orElseThrow().intAttribute("axis", 7))
        .isEqualTo(1);
    assertAlmostSame(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void givesAGroupedTransposedConvolutionOneScale(int groups) {
    fixture.outputs(
        fixture.add(
            NodeBuilder.of("ConvTranspose").attribute("group", groups),
            "y",
            fixture.input("x", 1, 4, 3, 3),
            fixture.weights("w", 4, 3, 2, 2)));
    Model before = fixture.model().copy();

    insert(FOUR, ALL);

    Node weights = fixture.node("y").input(1).producer().orElseThrow();
    assertThat(weights.input(1).constant().orElseThrow().shape())
        .isEqualTo(groups == 1 ? Shape.of(3) : Shape.SCALAR);
    assertAlmostSame(before);
  }

  @Test
  void quantizesGroupedConvolutionsByOutputChannel() {
    fixture.outputs(
        fixture.add(
            NodeBuilder.of("Conv").attribute("group", 2),
            "y",
            fixture.input("x", 1, 4, 5, 5),
            fixture.weights("w", 6, 2, 3, 3)));
    Model before = fixture.model().copy();

    insert(FOUR, ALL);

    assertAlmostSame(before);
  }

  @Test
  void quantizesWeightsOfConstantNodes() {
    Value w =
        fixture.add(
            NodeBuilder.of("Constant")
                .attribute("value", AttributeValue.of(fixture.normal(4, 3, 1, 1))),
            "w");
    fixture.outputs(fixture.add("Conv", "y", fixture.input("x", 1, 3, 2, 2), w));

    insert(FOUR, ALL);

    assertThat(opTypes(fixture.model()))
        .containsExactly("QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv");
  }

  @Test
  void sharesTheLargestScaleAcrossAConcat() {
    Value x = fixture.input("x", 1, 3, 2, 2);
    Value a = fixture.add("Relu", "a", x);
    Value b = fixture.add("Sigmoid", "b", x);
    Value joined = fixture.add(NodeBuilder.of("Concat").attribute("axis", 1), "joined", a, b);
    Value y = fixture.add("Conv", "y", joined, fixture.weights("w", 4, 6, 1, 1));
    fixture.outputs(y, convolution("z", a));
    Model apart = fixture.model().copy();
    QuantizationRanges ranges = ranges(Map.of("a", 2.0, "joined", 3.0));

    QuantizationReport report = insert(ranges, ALL);
    QuantizationReport own = new InsertQdq(ranges, ALL.withSharedConcatScales(false)).apply(apart);

    assertThat(report.activations())
        .extracting(QuantizationReport.QuantizedActivation::scale)
        .containsExactly((double) (float) (3 / 127.0), (double) (float) (3 / 127.0));
    assertThat(report.activations().getFirst().sharedWith()).containsExactly("joined");
    assertThat(own.activations())
        .extracting(QuantizationReport.QuantizedActivation::scale)
        .containsExactly((double) (float) (2 / 127.0), (double) (float) (3 / 127.0));
  }

  @Test
  void namesMissingRanges() {
    Value first = convolution("y", fixture.input("x", 1, 3, 2, 2));
    fixture.outputs(fixture.add("Conv", "z", first, fixture.weights("w", 4, 4, 1, 1)));
    Model untouched = fixture.model().copy();

    assertThatThrownBy(() -> insert(ranges(Map.of("x", 1.0)), ALL))
        .isInstanceOf(MissingRangesException.class)
        .hasMessageContaining("1 tensor to be quantized has no range: 'y'");
    assertThat(opTypes(fixture.model())).isEqualTo(opTypes(untouched));
  }

  @Test
  void leavesLayersWithoutARangeFloatWhenNotStrict() {
    Value first = convolution("y", fixture.input("x", 1, 3, 2, 2));
    fixture.outputs(fixture.add("Conv", "z", first, fixture.weights("w", 4, 4, 1, 1)));

    QuantizationReport report = insert(ranges(Map.of("x", 1.0)), ALL.withStrict(false));

    assertThat(report.layers()).containsExactly("Conv 'y'");
    assertThat(report.leftFloat())
        .containsExactly(
            new QuantizationReport.LeftFloat("Conv 'z'", "its input 'y' has no range"));
    assertThat(fixture.node("z").input(1).isInitializer()).isTrue();
  }

  @Test
  void skipsTensorsThatAreAlwaysZero() {
    fixture.outputs(convolution("y", fixture.input("x", 1, 3, 2, 2)));

    QuantizationReport report = insert(ranges(Map.of("x", 0.0)), ALL);

    assertThat(report.changed()).isFalse();
    assertThat(report.leftFloat().getFirst().reason()).contains("'x' is always zero");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesARangeThatIsNone(double threshold) {
    fixture.outputs(convolution("y", fixture.input("x", 1, 3, 2, 2)));

    assertThatThrownBy(() -> insert(ranges(Map.of("x", threshold)), ALL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the range of tensor 'x' is");
  }

  @Test
  void refusesAnOldOpset() {
    GraphMaker old = new GraphMaker(12);
    old.outputs(old.add("Conv", "y", old.input("x", 1, 3, 2, 2), old.weights("w", 4, 3, 1, 1)));

    assertThatThrownBy(() -> new InsertQdq(FOUR, ALL).apply(old.model()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("opset 12")
        .hasMessageContaining("needs opset 13");
  }

  @Test
  void leavesAQuantizedModelAsItIs() {
    fixture.outputs(convolution("y", fixture.input("x", 1, 3, 2, 2)));
    insert(FOUR, ALL);
    int nodes = fixture.graph().nodes().size();

    QuantizationReport again = insert(FOUR, ALL);

    assertThat(again.changed()).isFalse();
    assertThat(again.notes().getFirst()).contains("quantized already");
    assertThat(fixture.graph().nodes()).hasSize(nodes);
  }
}
