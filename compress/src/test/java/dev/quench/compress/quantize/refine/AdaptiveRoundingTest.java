// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.randomInputs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QuantizedWeights;
import dev.quench.compress.quantize.onnxruntime.InsertOnnxRuntimeQdq;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.compress.quantize.refine.AdaptiveRounding.RoundedLayer;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class AdaptiveRoundingTest {
  private static final QdqOptions ALL = QdqOptions.DEFAULT.withSmallLayers(true);

  @Test
  void lowersTheErrorOfEveryKindOfLayer() {
    GraphMaker fixture = network();
    Model model = fixture.model();
    Model quantized = quantized(model);
    List<Map<String, Tensor>> samples = List.of(correlatedInputs(1));

    List<RoundedLayer> layers =
        AdaptiveRounding.using(BACKEND).steps(400).round(model, quantized, samples);

    assertThat(layers).hasSize(4);
    assertThat(layers)
        .allSatisfy(
            layer -> assertThat(layer.errorAfter()).isLessThanOrEqualTo(layer.errorBefore()));
    assertThat(layers.getFirst().errorAfter()).isLessThan(layers.getFirst().errorBefore() * 0.9);
    for (QuantizedWeights layer : QuantizedWeights.of(quantized, model)) {
      assertThat(farthestFromFloat(layer))
          .as(layer.node().describe())
          .isLessThanOrEqualTo(1.0 + 1e-4);
    }
  }

  @Test
  void measuresTheErrorOfTheLayersOutput() {
    GraphMaker fixture = new GraphMaker();
    Value x = fixture.input("x", 3, 4, 5, 7);
    NodeBuilder conv =
        NodeBuilder.of("Conv")
            .attribute("group", 2)
            .ints("strides", 2, 1)
            .ints("dilations", 1, 2)
            .ints("pads", 1, 0, 2, 3);
    fixture.outputs(fixture.add(conv, "y", x, fixture.weights("w", 6, 2, 3, 2)));
    Model model = fixture.model();
    Map<String, Tensor> inputs = randomInputs(model, 2);
    Node node = fixture.node("y");
    InputMoments moments = InputMoments.of(node, Shape.of(6, 2, 3, 2)).orElseThrow();
    moments.add(inputs.get("x"));

    // Of weights w alone: the mean over positions of y², summed over channels.
    Tensor output;
    try (Session session = BACKEND.open(model, SessionOptions.DEFAULT)) {
      output = session.run(inputs).get("y");
    }
    double expected = 0;
    for (float value : output.toFloats()) {
      expected += (double) value * value;
    }
    expected /= output.elements() / 6.0;
    float[] weights = node.input(1).constant().orElseThrow().toFloats();
    double actual = 0;
    for (int channel = 0; channel < 6; channel++) {
      var row = Nd4j.createFromArray(Arrays.copyOfRange(weights, channel * 12, channel * 12 + 12));
      actual +=
          row.reshape(1, 12).mmul(moments.mean(channel / 3)).mmul(row.reshape(12, 1)).getDouble(0);
    }
    assertThat(actual).isCloseTo(expected, within(expected * 1e-4));
  }

  @Test
  void needsSamplesAndSteps() {
    Model model = network().model();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdaptiveRounding.using(BACKEND).round(model, quantized(model), List.of()))
        .withMessageContaining("at least one sample");
    assertThatIllegalArgumentException().isThrownBy(() -> AdaptiveRounding.using(BACKEND).steps(0));
  }

  @Test
  void biasCorrectionTakesOutTheShiftOfTheMean() {
    GraphMaker fixture = network();
    Model model = fixture.model();
    Model quantized = quantized(model);
    List<Map<String, Tensor>> samples = List.of(correlatedInputs(3), correlatedInputs(4));
    double before = meanShift(model, quantized, samples);

    List<String> corrected = BiasCorrection.using(BACKEND).correct(model, quantized, samples);

    assertThat(corrected).hasSize(3).first().asString().contains("first");
    assertThat(meanShift(model, quantized, samples)).isLessThan(before / 100);
  }

  @Test
  void biasCorrectionShiftsInt32BiasesOfLayersThatReadUint8() {
    GraphMaker fixture = network();
    Model model = fixture.model();
    Model quantized = model.copy();
    new InsertOnnxRuntimeQdq(_ -> OptionalDouble.of(6), OnnxRuntimeOptions.DEFAULT)
        .apply(quantized);
    List<Map<String, Tensor>> samples = List.of(correlatedInputs(3), correlatedInputs(4));
    double before = meanShift(model, quantized, samples);

    List<String> corrected = BiasCorrection.using(BACKEND).correct(model, quantized, samples);

    assertThat(corrected).hasSize(3);
    assertThat(meanShift(model, quantized, samples)).isLessThan(before / 20);
    for (String name : List.of("first", "grouped", "gemm")) {
      Node layer = quantized.graph().value(name).orElseThrow().producer().orElseThrow();
      Node bias = layer.input(2).producer().orElseThrow();
      assertThat(bias.is("DequantizeLinear")).as(name).isTrue();
      assertThat(bias.input(0).dataType()).as(name).contains(DataType.INT32);
    }
  }

  /// |mean(yq − y)| of the last layer with a bias.
  private static double meanShift(Model model, Model quantized, List<Map<String, Tensor>> samples) {
    double shift = 0;
    try (Session exact = BACKEND.open(model, SessionOptions.DEFAULT);
        Session int8 = BACKEND.open(quantized, SessionOptions.DEFAULT)) {
      for (Map<String, Tensor> sample : samples) {
        float[] wanted = exact.run(sample).get("gemm").toFloats();
        float[] got = int8.run(sample).get("gemm").toFloats();
        for (int i = 0; i < wanted.length; i += 5) {
          shift += got[i] - wanted[i];
        }
      }
    }
    return Math.abs(shift);
  }

  private static double farthestFromFloat(QuantizedWeights layer) {
    double farthest = 0;
    float[] weights = layer.weights().toFloats();
    float[] int8 = layer.quantized().toFloats();
    long channels = layer.scales().elements();
    int axis = layer.axis().orElse(0);
    for (int i = 0; i < weights.length; i++) {
      int channel = (int) (axis == 1 ? i % channels : i / (weights.length / channels));
      farthest =
          Math.max(farthest, Math.abs(weights[i] / layer.scales().doubleAt(channel) - int8[i]));
    }
    return farthest;
  }

  private static Model quantized(Model model) {
    Model quantized = model.copy();
    new InsertQdq(_ -> OptionalDouble.of(6), ALL).apply(quantized);
    return quantized;
  }

  private static GraphMaker network() {
    GraphMaker fixture = new GraphMaker();
    Value x = fixture.input("x", 4, 8, 6, 6);
    Value first =
        fixture.add(
            "Conv", "first", x, fixture.weights("w1", 16, 8, 3, 3), fixture.weights("b1", 16));
    Value relu = fixture.add("Relu", "relu", first);
    Value grouped =
        fixture.add(
            NodeBuilder.of("Conv").attribute("group", 2),
            "grouped",
            relu,
            fixture.weights("w2", 8, 8, 3, 3));
    Value pooled = fixture.add("GlobalAveragePool", "pooled", grouped);
    Value flat = fixture.add("Flatten", "flat", pooled);
    Value gemm = fixture.add("Gemm", "gemm", flat, fixture.weights("w3", 8, 5));
    Value product = fixture.add("MatMul", "product", flat, fixture.weights("w4", 8, 3));
    return fixture.outputs(gemm, product);
  }

  /// Neighbours and channels alike, as in real images, and positive: there rounding to nearest is
  /// not the best.
  private static Map<String, Tensor> correlatedInputs(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[4 * 8 * 6 * 6];
    float level = 1;
    for (int i = 0; i < values.length; i++) {
      if (i % 36 == 0) {
        level = (float) (1 + random.nextDouble());
      }
      values[i] = level + (float) random.nextDouble(0.2);
    }
    return Map.of("x", Tensor.ofFloats(Shape.of(4, 8, 6, 6), values));
  }
}
