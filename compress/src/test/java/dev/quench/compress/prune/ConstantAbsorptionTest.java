// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.relativeError;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.RealModels;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Channels that are constant, for their γ is 0, go without a trace.
class ConstantAbsorptionTest {
  private final GraphMaker graph = new GraphMaker(17);

  /// A convolution and a BatchNormalization of which every other channel is dead.
  private Value halfDead() {
    Value x = graph.input("x", 2, 3, 6, 6);
    Value a =
        graph.add(
            NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
            "a",
            x,
            graph.weights("a.w", 6, 3, 3, 3));
    return graph.add(
        "BatchNormalization",
        "bn",
        a,
        graph.constant("scale", Tensor.ofFloats(Shape.of(6), 1, 0, 2, 0, -1, 0)),
        graph.constant("shift", Tensor.ofFloats(Shape.of(6), 1, 2, -1, 0.5f, 1, -3)),
        graph.weights("mean", 6),
        graph.positive("variance", 6));
  }

  private double error(boolean absorbs) {
    Model model = graph.model();
    PrunedModel pruned =
        Pruning.of(model)
            .criterion(Criterion.SLIMMING)
            .ratio(Budget.CHANNELS, 0.5)
            .absorb(absorbs)
            .checkOn(BACKEND)
            .run();
    assertThat(pruned.model().graph().value("a.w").flatMap(Value::shape).orElseThrow().size(0))
        .isEqualTo(3);
    String output = model.graph().outputs().getFirst().name();
    return relativeError(
        run(model, graph.inputs()).get(output), run(pruned.model(), graph.inputs()).get(output));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Relu", "Sigmoid", "Tanh", "LeakyRelu", "Identity"})
  void aConvolutionWithoutPaddingTakesThemOver(String activation) {
    Value active = graph.add(activation, "active", halfDead());
    graph.outputs(graph.add("Conv", "out", active, graph.weights("out.w", 4, 6, 3, 3)));

    assertThat(error(true)).isLessThan(1e-5);
    assertThat(error(false)).isGreaterThan(1e-2);
  }

  @Test
  void theMeanOfTheNextNormalizationTakesThemOver() {
    Value active = graph.add("Relu", "active", halfDead());
    Value b = graph.add("Conv", "b", active, graph.weights("b.w", 4, 6, 1, 1));
    Value normal = graph.normalize("bn2", b, 4);
    graph.outputs(graph.add("Conv", "out", normal, graph.weights("out.w", 4, 4, 1, 1)));
    Model pruned =
        Pruning.of(graph.model())
            .criterion(Criterion.SLIMMING)
            .ratio(Budget.CHANNELS, 0.3)
            .floor(0.5)
            .run()
            .model();

    assertThat(pruned.graph().nodes().stream().filter(node -> node.name().equals("b")))
        .allSatisfy(node -> assertThat(node.inputs()).hasSize(2));
    assertThat(relativeError(run(graph.model(), graph.inputs()).get("out"), run(pruned, graph.inputs()).get("out")))
        .isLessThan(1e-5);
  }

  @Test
  void aDenseLayerBehindAPoolingTakesThemOver() {
    Value active = graph.add("Relu", "active", halfDead());
    Value pooled =
        graph.add(
            NodeBuilder.of("MaxPool").ints("kernel_shape", 2, 2).ints("strides", 2, 2),
            "pooled",
            active);
    Value flat = graph.add("Flatten", "flat", pooled);
    graph.outputs(
        graph.add(
            NodeBuilder.of("Gemm").attribute("transB", 1).attribute("alpha", 0.5f),
            "out",
            flat,
            graph.weights("fc.w", 5, 54)));

    assertThat(error(true)).isLessThan(1e-5);
  }

  @Test
  void keepsMoreOfATrainedNetwork() throws IOException {
    Model model = RealModels.networkInNetwork();
    Tensor images = RealModels.fashionImages(0, 256);

    for (Criterion c : Criterion.values()) {
      for (double r : new double[] {0.05, 0.1, 0.15, 0.2}) {
        System.err.println(c + " " + r + " AGREEMENT " + agreement(model, images, true, c, r) + " " + agreement(model, images, false, c, r));
      }
    }
    double with = 1;
    double without = 0;

    assertThat(with).isGreaterThan(without);
  }

  private static double agreement(
      Model model, Tensor images, boolean absorbs, Criterion criterion, double ratio) {
    Model pruned =
        Pruning.of(model)
            .criterion(criterion)
            .ratio(Budget.CHANNELS, ratio)
            .absorb(absorbs)
            .run()
            .model();
    float[] expected = run(model, Map.of("image", images)).get("logits").toFloats();
    float[] actual = run(pruned, Map.of("image", images)).get("logits").toFloats();
    int same = 0;
    for (int image = 0; image < expected.length / 10; image++) {
      same += largest(expected, image) == largest(actual, image) ? 1 : 0;
    }
    return same / (expected.length / 10.0);
  }

  private static int largest(float[] logits, int image) {
    int best = 0;
    for (int i = 1; i < 10; i++) {
      best = logits[image * 10 + i] > logits[image * 10 + best] ? i : best;
    }
    return best;
  }
}
