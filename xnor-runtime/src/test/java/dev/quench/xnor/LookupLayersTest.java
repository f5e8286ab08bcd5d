// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.plan.XnorPlan;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Layers of words and codes, against ONNX Runtime without graph optimization.
class LookupLayersTest {
  private static final SessionOptions PLAIN = SessionOptions.DEFAULT.withOptimization(false);

  /// Of the largest output: sums of up to 600 products, rounded in another order.
  private static final double TOLERANCE = 2e-6;

  private final BinaryNets net = new BinaryNets(9);

  @ParameterizedTest
  @CsvSource({
    "1, 5, 7, 1, 1",
    "1, 9, 4, 3, 1",
    "2, 1, 1, 3, 2",
    "3, 6, 11, 5, 2",
    "5, 13, 3, 1, 3",
  })
  void equalOnnxRuntime(int batch, int height, int width, int kernel, int threads) {
    Value x = net.input(6, height, width);
    Value first = net.node("Relu", net.node("Conv", x, net.floats(16, 6, 1, 1)));
    Value second = net.node("Relu", conv(first, 16, 12, kernel, 4, kernel / 2));
    Value third = conv(net.normalize(second, 12, 3), 12, 10, 1, 3, 0);
    Model model = net.model(net.node("GlobalAveragePool", third), third);

    assertThat(new XnorBackend().plan(model).lookups())
        .extracting(XnorPlan.LookupLayer::node)
        .containsExactlyElementsOf(
            model.graph().nodes().stream()
                .filter(node -> node.is("Conv") && CodebookWeights.of(node).isPresent())
                .map(Node::describe)
                .toList());
    check(model, net.feed(batch, 6, height, width), threads);
  }

  @Test
  void padsUnevenlyAndAutomatically() {
    Value x = net.input(8, 7, 6);
    CodebookWeights weights = weights(5, 9, 2, 4);
    Value uneven = layer(NodeBuilder.of("Conv").ints("pads", 0, 2, 1, 0), x, weights, 3);
    Value automatic =
        layer(NodeBuilder.of("Conv").attribute("auto_pad", "SAME_LOWER"), x, weights, 3);
    Value dilated = layer(NodeBuilder.of("Conv").ints("dilations", 2, 1), x, weights, 3);
    Model model = net.model(uneven, automatic, dilated);

    assertThat(new XnorBackend().plan(model).lookups()).hasSize(3);
    assertThat(new XnorBackend().plan(model).kept()).isEmpty();
    check(model, net.feed(2, 8, 7, 6), 2);
  }

  /// What something else reads too is computed.
  @Test
  void keepsSumsThatAreReadBeforeTheFunctionBehind() {
    Value x = net.input(8, 5, 5);
    Value sums = conv(x, 8, 6, 3, 4, 1);
    Value relu = net.node("Relu", sums);
    Model model = net.model(net.node("Add", relu, sums), net.node("Clip", sums));
    check(model, net.feed(3, 8, 5, 5), 1);
  }

  @Test
  void saysWhyALayerStays() {
    Value x = net.input(8, 6, 6);
    Value strided = layer(NodeBuilder.of("Conv").ints("strides", 2, 1), x, weights(5, 1, 2, 4), 1);
    Value grouped = layer(NodeBuilder.of("Conv").attribute("group", 2), x, weights(6, 1, 1, 4), 1);
    Value product =
        layer(NodeBuilder.of("Gemm"), net.node("Flatten", grouped), weights(4, 1, 54, 4), 0);
    Model model = net.model(strided, product, conv(x, 8, 6, 1, 4, 0));

    XnorPlan plan = new XnorBackend().plan(model);
    assertThat(plan.lookups()).hasSize(1);
    assertThat(plan.kept())
        .extracting(XnorPlan.Kept::reason)
        .contains(
            "its stride is 2, tables need 1",
            "it has 2 groups, tables need one",
            "it is a product, which has too few rows for tables");
    // Their words and codes became constants.
    assertThat(plan.kept()).extracting(XnorPlan.Kept::opType).doesNotContain("Gather", "Mul");
    check(model, net.feed(2, 8, 6, 6), 1);
  }

  @Test
  void leaveSignsAsExactAsBefore() {
    Value x = net.input(8, 5, 5);
    Value sums = conv(x, 8, 6, 3, 4, 1);
    Model model = net.model(net.node("Conv", net.sign(sums), net.binary(4, 6, 1, 1)));

    XnorPlan plan = new XnorBackend().plan(model);
    assertThat(plan.hasBinaryLayers()).isTrue();
    assertThat(plan.lookups()).isEmpty();
    assertThat(plan.kept())
        .extracting(XnorPlan.Kept::reason)
        .contains("other layers are binary, and their signs must not depend on rounding");
    Map<String, Tensor> fed = Map.of("x", net.feed(2, 8, 5, 5));
    try (Session expected = new OnnxRuntimeBackend().open(model, PLAIN);
        Session actual = new XnorBackend().open(model, PLAIN)) {
      String output = model.graph().outputs().getFirst().name();
      assertThat(actual.run(fed).get(output).toFloats())
          .isEqualTo(expected.run(fed).get(output).toFloats());
    }
  }

  @Test
  void areNoReasonToChooseTheBackend() {
    Value x = net.input(8, 5, 5);
    Model model = net.model(conv(x, 8, 6, 3, 4, 1));
    assertThat(new XnorBackend().reasonToPassOver(model))
        .contains("the model has no binary layers");
  }

  private Value conv(Value x, int channels, int outputs, int kernel, int length, int pad) {
    CodebookWeights weights = weights(outputs, kernel * kernel, channels / length, length);
    return layer(NodeBuilder.of("Conv").ints("pads", pad, pad, pad, pad), x, weights, kernel);
  }

  /// @param kernel its height and width; 0 for a product
  private Value layer(NodeBuilder layer, Value x, CodebookWeights weights, int kernel) {
    Value output = net.node(layer.inputs(x, x, net.floats(weights.outputs())));
    Node node = output.producer().orElseThrow();
    Value laid =
        kernel == 0
            ? weights.addTo(net.graph(), node, "w")
            : weights.addTo(net.graph(), node, "w", kernel, kernel);
    node.setInput(1, laid);
    return output;
  }

  private CodebookWeights weights(int outputs, int taps, int pieces, int length) {
    int words = 7;
    byte[] codes = new byte[outputs * taps * pieces];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) net.random().nextInt(words);
    }
    byte[] book = new byte[pieces * words * length];
    net.random().nextBytes(book);
    return new CodebookWeights(outputs, taps, pieces, words, length, codes, book, 1 / 64f);
  }

  /// Several runs, the later ones after the vector kernel is compiled.
  private static void check(Model model, Tensor feed, int threads) {
    Map<String, Tensor> fed = Map.of("x", feed);
    try (Session expected = new OnnxRuntimeBackend().open(model, PLAIN);
        Session actual = new XnorBackend().open(model, PLAIN.withThreads(threads))) {
      Map<String, Tensor> wanted = expected.run(fed);
      compare(actual.run(fed), wanted);
      actual.warmUp(fed);
      compare(actual.run(fed), wanted);
    }
  }

  private static void compare(Map<String, Tensor> given, Map<String, Tensor> wanted) {
    assertThat(given.keySet()).containsExactlyElementsOf(wanted.keySet());
    wanted.forEach((name, tensor) -> {
      assertThat(given.get(name).shape()).isEqualTo(tensor.shape());
      float[] reference = tensor.toFloats();
      float[] values = given.get(name).toFloats();
      double largest = 0;
      for (float each : reference) {
        largest = Math.max(largest, Math.abs(each));
      }
      for (int i = 0; i < reference.length; i++) {
        assertThat((double) values[i])
            .as("%s[%d] of %s", name, i, tensor.shape())
            .isCloseTo(reference[i], within(TOLERANCE * largest));
      }
    });
  }
}
