// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.compress.factor.product.ProductReport.Coded;
import dev.quench.compress.factor.product.ProductReport.Whole;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ProductQuantizationTest {
  private final GraphMaker graph = new GraphMaker(13, 5);

  /// Two convolutions behind a first one, and a product.
  private Model network() {
    Value x = graph.input("x", 2, 3, 8, 8);
    Value first = conv("first", x, 16, 3);
    Value second = conv("second", first, 24, 16);
    Value third = conv("third", second, 32, 24);
    Value flat = graph.add("Flatten", "flat", graph.add("GlobalAveragePool", "mean", third));
    graph.outputs(
        graph.add(
            NodeBuilder.of("Gemm").attribute("transB", 1),
            "dense",
            flat,
            graph.weights("dense.w", 96, 32),
            graph.weights("dense.b", 96)));
    return graph.model();
  }

  private Value conv(String name, Value x, int outputs, int inputs) {
    return graph.add(
        "Relu",
        name + ".relu",
        graph.add(
            NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
            name,
            x,
            graph.weights(name + ".w", outputs, inputs, 3, 3),
            graph.weights(name + ".b", outputs)));
  }

  private static List<Map<String, Tensor>> samples(int count) {
    SplittableRandom random = new SplittableRandom(9);
    List<Map<String, Tensor>> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      samples.add(Map.of("x", GraphMaker.floats(random, 2, 3, 8, 8)));
    }
    return samples;
  }

  private static Node node(Model model, String name) {
    return model.graph().nodes().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void correctionLowersTheErrorOfEveryLayer() {
    ProductReport report =
        ProductQuantization.of(network()).words(16).fitTo(BACKEND, samples(64)).run().report();

    assertThat(report.coded()).extracting(Coded::name).containsExactly("second", "third", "dense");
    for (Coded layer : report.coded()) {
      assertThat(layer.error().orElseThrow())
          .as(layer.name())
          .isLessThan(0.8 * layer.plainError().orElseThrow());
    }
  }

  /// What the report says of a layer is what ONNX Runtime computes, on other samples.
  @Test
  void theOutputsAreNearerThanWithoutCorrection() {
    Model model = network();
    Model plain = ProductQuantization.of(model).words(16).run().model();
    Model corrected =
        ProductQuantization.of(model).words(16).fitTo(BACKEND, samples(64)).run().model();
    Map<String, Tensor> inputs = Equivalence.randomInputs(model, 77);
    Tensor expected = Equivalence.run(model, inputs).get("dense");

    double before = square(expected, Equivalence.run(plain, inputs).get("dense"));
    double after = square(expected, Equivalence.run(corrected, inputs).get("dense"));

    assertThat(after).isLessThan(0.7 * before);
  }

  private static double square(Tensor a, Tensor b) {
    double sum = 0;
    for (long i = 0; i < a.elements(); i++) {
      sum += Math.pow(a.doubleAt(i) - b.doubleAt(i), 2);
    }
    return sum;
  }

  @Test
  void theGraphComputesTheWeightsThatWereFitted() {
    Model small = ProductQuantization.of(network()).run().model();
    CodebookWeights weights = CodebookWeights.of(node(small, "third")).orElseThrow();
    float[] dense = new float[32 * 24 * 9];
    for (int i = 0; i < dense.length; i++) {
      dense[i] = weights.at(i / (24 * 9), i / 9 % 24, i % 9);
    }
    Model expanded = small.copy();
    Node layer = node(expanded, "third");
    layer.setInput(
        1, expanded.graph().addConstant("d", Tensor.ofFloats(Shape.of(32, 24, 3, 3), dense)));

    Equivalence.assertSameOutputs(expanded, small, 1e-6);
  }

  /// Weights that are words already lose nothing but the rounding of words to a byte.
  @Test
  void findsWordsThatAreThere() {
    float[] pattern = {0.5f, -1, 2, 0.25f, 1, 1, -0.5f, 4};
    float[] weights = new float[64 * 8];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = pattern[i % 8] * (1 + i / 8 % 4);
    }
    Value x = graph.add("Relu", "r", graph.input("x", 2, 8));
    graph.outputs(
        graph.add(
            NodeBuilder.of("Gemm").attribute("transB", 1),
            "y",
            x,
            graph.constant("w", Tensor.ofFloats(Shape.of(64, 8), weights))));
    Model model = graph.model();

    ProductQuantizedModel small = ProductQuantization.of(model).words(4).run();

    assertThat(small.report().coded().getFirst().weightError()).isLessThan(0.01);
    Equivalence.assertSameOutputs(model, small.model(), 0.02);
  }

  @Test
  void theSameModelGivesTheSameCodes() {
    Model model = network();
    Model first = ProductQuantization.of(model).fitTo(BACKEND, samples(8)).run().model();
    Model again = ProductQuantization.of(model).fitTo(BACKEND, samples(8)).run().model();

    for (Value value : first.graph().initializers()) {
      Tensor other = again.graph().value(value.name()).orElseThrow().initializer().orElseThrow();
      assertThat(other.contentEquals(value.initializer().orElseThrow())).as(value.name()).isTrue();
    }
  }

  @Test
  void saysWhyLayersStay() {
    Value x = graph.input("x", 1, 8, 4, 4);
    Value a = graph.add("Conv", "a", x, graph.weights("a.w", 8, 8, 1, 1));
    Value grouped =
        graph.add(
            NodeBuilder.of("Conv").attribute("group", 2),
            "g",
            a,
            graph.weights("g.w", 64, 4, 1, 1));
    Value few = graph.add("Conv", "few", grouped, graph.weights("few.w", 10, 64, 1, 1));
    Value odd = graph.add("Conv", "odd", few, graph.weights("odd.w", 64, 10, 3, 3));
    graph.outputs(graph.add("Conv", "named", odd, graph.weights("named.w", 64, 64, 1, 1)));

    ProductReport report =
        ProductQuantization.of(graph.model())
            .excluding(NodeSelection.of(List.of("named")))
            .run()
            .report();

    assertThat(report.layers().stream().filter(Whole.class::isInstance))
        .containsExactly(
            new Whole("a", "it reads the input of the graph"),
            new Whole(
                "g", "it is not a convolution of images in one group or a product of matrices"),
            new Whole(
                "few",
                "with pieces of 8 of its 64 channels and 10 uses of each, tables would take more than 0.25 of its operations"),
            new Whole("named", "excluded"));
    assertThat(report.coded()).extracting(Coded::length).containsExactly(5);
  }

  @Test
  void refusesSizesThatDoNotFitAByte() {
    Model model = network();
    assertThatThrownBy(() -> ProductQuantization.of(model).words(257))
        .hasMessageContaining("4 to 256 words");
    assertThatThrownBy(() -> ProductQuantization.of(model).length(1))
        .hasMessageContaining("2 channels or more");
  }
}
