// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.randomInputs;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.compress.Equivalence;
import dev.quench.compress.quantize.MissingRangesException;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class InsertOnnxRuntimeQdqTest {
  private final GraphMaker fixture = new GraphMaker(17);

  private Value convolution(String name, Value x, long outputs, long inputs) {
    return fixture.add(
        NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
        name,
        x,
        fixture.weights(name + ".w", outputs, inputs, 3, 3),
        fixture.weights(name + ".b", outputs));
  }

  /// Quantizes by the ranges of one input and holds the result against the float model on it.
  private Model quantized(double tolerance, OnnxRuntimeOptions options) {
    Model model = fixture.model();
    Map<String, Tensor> inputs = randomInputs(model, 3);
    ObservedRanges ranges = ObservedRanges.on(model, inputs);
    Map<String, Tensor> expected = run(model, inputs);
    new InsertOnnxRuntimeQdq(ranges, options).apply(model);
    Map<String, Tensor> actual = run(model, inputs);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, tensor) ->
        assertThat(Equivalence.relativeError(tensor, actual.get(name)))
            .as(name)
            .isLessThan(tolerance));
    return model;
  }

  private static Node producer(Value value) {
    return value.producer().orElseThrow();
  }

  @Test
  void quantizesBothSidesOfAConvolutionAndItsBias() {
    fixture.outputs(
        fixture.add("Relu", "y", convolution("c", fixture.input("x", 1, 3, 8, 8), 4, 3)));

    Model model = quantized(0.03, OnnxRuntimeOptions.DEFAULT);

    assertThat(opTypes(model))
        .containsExactly(
            "QuantizeLinear",
            "DequantizeLinear",
            "DequantizeLinear",
            "DequantizeLinear",
            "Conv",
            "Relu",
            "QuantizeLinear",
            "DequantizeLinear");
    Node conv = fixture.node("c");
    Node bias = producer(conv.input(2));
    assertThat(bias.input(0).dataType()).contains(DataType.INT32);
    float input = producer(conv.input(0)).input(1).constant().orElseThrow().toFloats()[0];
    float[] weights = producer(conv.input(1)).input(1).constant().orElseThrow().toFloats();
    assertThat(bias.input(1).constant().orElseThrow().toFloats()[2]).isEqualTo(input * weights[2]);
    assertThat(model.graph().outputs().getFirst().name()).isEqualTo("y");
  }

  @Test
  void tensorsWithoutNegativeValuesHaveZeroPointZero() {
    Value relu = fixture.add("Relu", "r", convolution("c", fixture.input("x", 1, 3, 8, 8), 4, 3));
    fixture.outputs(convolution("y", relu, 2, 4));

    quantized(0.05, OnnxRuntimeOptions.DEFAULT);

    Node dequantizer = producer(fixture.node("y").input(0));
    assertThat(dequantizer.input(2).constant().orElseThrow().dataType()).isEqualTo(DataType.UINT8);
    assertThat(dequantizer.input(2).constant().orElseThrow().doubleAt(0)).isZero();
    Node first = producer(fixture.node("c").input(0));
    assertThat(first.input(2).constant().orElseThrow().doubleAt(0)).isBetween(50.0, 200.0);
  }

  @Test
  void residualSumsRunInIntegers() {
    Value x = fixture.add("Relu", "r", convolution("c", fixture.input("x", 1, 4, 8, 8), 4, 4));
    Value sum = fixture.add("Add", "sum", convolution("d", x, 4, 4), x);
    fixture.outputs(convolution("y", fixture.add("Relu", "s", sum), 2, 4));

    quantized(0.06, OnnxRuntimeOptions.DEFAULT);

    Node add = fixture.node("sum");
    assertThat(producer(add.input(0)).opType()).isEqualTo("DequantizeLinear");
    assertThat(producer(add.input(1)).opType()).isEqualTo("DequantizeLinear");
    assertThat(fixture.node("d").output(0).hasSingleUse()).as("nothing else reads d").isTrue();
  }

  @Test
  void joinsWithAFloatNeighbourStayFloat() {
    Value x = fixture.input("x", 1, 4, 8, 8);
    Value c = convolution("c", x, 4, 4);
    Value sum = fixture.add("Add", "sum", c, fixture.add("Exp", "e", x));
    fixture.outputs(convolution("y", sum, 2, 4));

    quantized(0.06, OnnxRuntimeOptions.DEFAULT);

    assertThat(fixture.node("sum").input(1)).isEqualTo(fixture.node("e").output(0));
  }

  @Test
  void movedElementsKeepTheScaleOfTheirOrigin() {
    Value relu = fixture.add("Relu", "r", convolution("c", fixture.input("x", 1, 3, 8, 8), 4, 3));
    Value pooled = fixture.add(NodeBuilder.of("MaxPool").ints("kernel_shape", 2, 2), "p", relu);
    fixture.outputs(convolution("y", pooled, 2, 4));

    quantized(0.05, OnnxRuntimeOptions.DEFAULT);

    Node before = producer(fixture.node("p").input(0));
    Node behind = producer(fixture.node("y").input(0));
    assertThat(behind.input(1).constant().orElseThrow().toFloats())
        .isEqualTo(before.input(1).constant().orElseThrow().toFloats());
  }

  @Test
  void productsGiveFloatsWhereNoIntegerNodeReadsThem() {
    Value x = fixture.input("x", 4, 32);
    Value y = fixture.add("MatMul", "m", x, fixture.weights("w", 32, 24));
    fixture.outputs(fixture.add("Softmax", "y", y));

    Model model = quantized(0.05, OnnxRuntimeOptions.DEFAULT);

    assertThat(opTypes(model))
        .containsExactly(
            "QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "MatMul", "Softmax");
  }

  @Test
  void hardSwishBecomesASaturatingQuantizer() {
    Value c = convolution("c", fixture.input("x", 1, 4, 8, 8), 4, 4);
    Value three = fixture.constant("three", Tensor.scalar(3f));
    Value zero = fixture.constant("zero", Tensor.scalar(0f));
    Value six = fixture.constant("six", Tensor.scalar(6f));
    Value gate = fixture.add("Clip", "gate", fixture.add("Add", "shift", c, three), zero, six);
    Value swish = fixture.add("Div", "swish", fixture.add("Mul", "mul", c, gate), six);
    fixture.outputs(convolution("y", swish, 2, 4));

    Model model = quantized(0.08, OnnxRuntimeOptions.DEFAULT);

    assertThat(opTypes(model)).doesNotContain("Clip", "Div");
    assertThat(model.graph().value("three")).isEmpty();
    Node quantizer = producer(producer(fixture.node("swish_product").input(0)).input(0));
    double low =
        -quantizer.input(2).constant().orElseThrow().doubleAt(0)
            * quantizer.input(1).constant().orElseThrow().doubleAt(0);
    assertThat(low).as("below -3 all levels give 0").isBetween(-3.1, -2.9);
  }

  @Test
  void aHardSwishWithoutARangeStaysFloat() {
    Value c = convolution("c", fixture.input("x", 1, 4, 8, 8), 4, 4);
    fixture.outputs(convolution("y", fixture.add("HardSwish", "swish", c), 2, 4));
    Model model = fixture.model();
    Map<String, Double> known = Map.of("x", 3.0, "swish", 2.0, "y", 4.0);

    new InsertOnnxRuntimeQdq(
            tensor ->
                known.containsKey(tensor)
                    ? OptionalDouble.of(known.get(tensor))
                    : OptionalDouble.empty(),
            OnnxRuntimeOptions.DEFAULT.withStrict(false))
        .apply(model);

    assertThat(opTypes(model)).contains("HardSwish");
    assertThat(fixture.node("c").input(0).name()).isEqualTo("x");
  }

  @Test
  void sigmoidsHaveAScaleOf256thsAndNeedNoRange() {
    Value c = convolution("c", fixture.input("x", 1, 4, 8, 8), 4, 4);
    Value silu = fixture.add("Mul", "silu", c, fixture.add("Sigmoid", "s", c));
    fixture.outputs(convolution("y", silu, 2, 4));
    assertThat(InsertOnnxRuntimeQdq.tensors(fixture.model(), OnnxRuntimeOptions.DEFAULT))
        .containsExactly("x", "c", "silu", "y");

    quantized(0.08, OnnxRuntimeOptions.DEFAULT);

    Node dequantizer = producer(fixture.node("silu").input(1));
    assertThat(dequantizer.input(1).constant().orElseThrow().doubleAt(0)).isEqualTo(1 / 256.0);
  }

  @Test
  void numbersAreHeldExactly() {
    Value c = convolution("c", fixture.input("x", 1, 4, 8, 8), 4, 4);
    Value scaled = fixture.add("Mul", "m", c, fixture.constant("k", Tensor.scalar(-0.3f)));
    fixture.outputs(convolution("y", scaled, 2, 4));

    quantized(0.06, OnnxRuntimeOptions.DEFAULT);

    Node number = producer(fixture.node("m").input(1));
    double scale = number.input(1).constant().orElseThrow().doubleAt(0);
    double level =
        Byte.toUnsignedInt((byte) number.input(0).constant().orElseThrow().doubleAt(0))
            - number.input(2).constant().orElseThrow().doubleAt(0);
    assertThat((float) (scale * level)).isEqualTo(-0.3f);
  }

  @Test
  void namesTheTensorsWithoutARange() {
    fixture.outputs(convolution("y", fixture.input("x", 1, 3, 8, 8), 4, 3));
    Model model = fixture.model();
    List<String> before = opTypes(model);

    assertThatExceptionOfType(MissingRangesException.class)
        .isThrownBy(() ->
            new InsertOnnxRuntimeQdq(_ -> OptionalDouble.empty(), OnnxRuntimeOptions.DEFAULT)
                .apply(model))
        .satisfies(e -> assertThat(e.tensors()).containsExactly("x", "y"));
    assertThat(opTypes(model)).isEqualTo(before);
  }

  @Test
  void tensorsThatAreAlwaysZeroLeaveTheirLayersFloat() {
    fixture.outputs(convolution("y", fixture.input("x", 1, 3, 8, 8), 4, 3));

    QuantizationReport report =
        new InsertOnnxRuntimeQdq(_ -> OptionalDouble.of(0), OnnxRuntimeOptions.DEFAULT)
            .apply(fixture.model());

    assertThat(report.layers()).isEmpty();
    assertThat(report.leftFloat().getFirst().reason())
        .isEqualTo("its tensor 'x' is always zero: its range gives no scale");
    assertThat(opTypes(fixture.model())).containsExactly("Conv");
  }

  @Test
  void excludedAndDepthwiseLayersStayFloat() {
    Value x = fixture.input("x", 1, 4, 8, 8);
    Value depthwise =
        fixture.add(
            NodeBuilder.of("Conv").attribute("group", 4),
            "depthwise",
            x,
            fixture.weights("w", 4, 1, 3, 3));
    fixture.outputs(convolution("y", depthwise, 2, 4));
    OnnxRuntimeOptions options =
        OnnxRuntimeOptions.DEFAULT.withExcludedNodes(NodeSelection.of(List.of("y")));

    QuantizationReport report =
        new InsertOnnxRuntimeQdq(_ -> OptionalDouble.of(1), options).apply(fixture.model());

    assertThat(report.layers()).isEmpty();
    assertThat(report.leftFloat())
        .extracting(QuantizationReport.LeftFloat::node)
        .containsExactly("Conv 'depthwise'", "Conv 'y'");
  }

  @Test
  void convolutionsOfImagesStayFloatWhereAsked() {
    Value relu = fixture.add("Relu", "r", convolution("c", fixture.input("x", 1, 3, 8, 8), 4, 3));
    fixture.outputs(convolution("y", relu, 2, 4));

    quantized(0.05, OnnxRuntimeOptions.DEFAULT.withImages(false));

    assertThat(fixture.node("c").input(0).name()).isEqualTo("x");
    assertThat(fixture.node("c").input(1).name()).isEqualTo("c.w");
    assertThat(producer(fixture.node("y").input(0)).opType()).isEqualTo("DequantizeLinear");
  }

  @Test
  void biasesOfOneNumberServeAllColumns() {
    Value x = fixture.input("x", 2, 16);
    Value y =
        fixture.add(
            "Gemm",
            "g",
            x,
            fixture.weights("w", 16, 24),
            fixture.constant("b", Tensor.ofFloats(Shape.of(1), 0.5f)));
    fixture.outputs(y);

    quantized(0.05, OnnxRuntimeOptions.DEFAULT);

    assertThat(producer(fixture.node("g").input(2)).output(0).shape()).contains(Shape.of(24));
  }

  @Test
  void addendsOfAGemmThatVaryByRowStayFloat() {
    Value x = fixture.input("x", 2, 16);
    fixture.outputs(
        fixture.add("Gemm", "g", x, fixture.weights("w", 16, 4), fixture.weights("b", 2, 4)));

    QuantizationReport report =
        new InsertOnnxRuntimeQdq(_ -> OptionalDouble.of(1), OnnxRuntimeOptions.DEFAULT)
            .apply(fixture.model());

    assertThat(report.layers()).isEmpty();
    assertThat(report.leftFloat().getFirst().reason()).contains("not a constant of one number");
  }

  @Test
  void biasesOfChannelsWithoutWeightsAreKept() {
    Value x = fixture.input("x", 1, 2, 4, 4);
    float[] weights = new float[3 * 2];
    weights[2] = 1e-12f;
    weights[4] = 1;
    Value w = fixture.constant("w", Tensor.ofFloats(Shape.of(3, 2, 1, 1), weights));
    Value b = fixture.constant("b", Tensor.ofFloats(Shape.of(3), 0.4f, 0.5f, -0.25f));
    fixture.outputs(fixture.add("Conv", "y", x, w, b));

    Model model = quantized(0.02, OnnxRuntimeOptions.DEFAULT);

    Node bias =
        producer(
            model.graph().nodes().stream()
                .filter(node -> node.is("Conv"))
                .findFirst()
                .orElseThrow()
                .input(2));
    float[] scales = bias.input(1).constant().orElseThrow().toFloats();
    for (int c = 0; c < 3; c++) {
      double stored = bias.input(0).constant().orElseThrow().doubleAt(c) * scales[c];
      assertThat(stored).isEqualTo(new double[] {0.4, 0.5, -0.25}[c], Offset.offset(0.01));
    }
  }

  @Test
  void theTensorsOfTheWidestFormServeEveryOther() {
    Value c = convolution("c", fixture.input("x", 1, 4, 8, 8), 4, 4);
    Value sum = fixture.add("Relu", "r", fixture.add("Add", "s", c, convolution("d", c, 4, 4)));
    Value pooled = fixture.add("Flatten", "f", fixture.add("GlobalAveragePool", "p", sum));
    fixture.outputs(fixture.add("Gemm", "g", pooled, fixture.weights("w", 4, 10)));
    Model model = fixture.model();

    Set<String> widest = InsertOnnxRuntimeQdq.tensors(model.copy(), OnnxRuntimeOptions.WIDEST);

    assertThat(widest)
        .containsAll(
            InsertOnnxRuntimeQdq.tensors(
                model.copy(), OnnxRuntimeOptions.DEFAULT.withJoins(false)));
  }

  @Test
  void numbersThatAddAnAxisKeepTheirNodeFloat() {
    Value x = fixture.input("x", 4, 32);
    Value first = fixture.add("MatMul", "m", x, fixture.weights("w", 32, 24));
    Value one = fixture.constant("k", Tensor.ofFloats(Shape.of(1, 1, 1), 0.5f));
    Value scaled = fixture.add("Mul", "s", first, one);
    fixture.outputs(fixture.add("MatMul", "y", scaled, fixture.weights("v", 24, 24)));

    quantized(0.06, OnnxRuntimeOptions.DEFAULT);

    assertThat(fixture.node("s").input(1)).isEqualTo(one);
  }
}
