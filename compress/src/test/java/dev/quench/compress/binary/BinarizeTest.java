// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinarizeTest {
  @Test
  void leavesTheScaleToABatchNormalizationBehindTheLayer() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Conv", "first", f.input("x", 1, 2, 6, 6), f.weights("w1", 4, 2, 1, 1));
    x = f.add("Conv", "inner", x, f.weights("w2", 4, 4, 3, 3));
    x = f.add(NodeBuilder.of("MaxPool").ints("kernel_shape", 2, 2), "pool", x);
    x = f.add("Conv", "last", f.normalize("bn", x, 4), f.weights("w3", 2, 4, 1, 1));
    Model model = f.outputs(x).model();

    assertThat(new BinarizeWeights(WeightBits.BINARY).apply(model)).isPositive();
    new LowerBinary().apply(model);

    assertThat(Equivalence.opTypes(model))
        .containsExactly("Conv", "Conv", "MaxPool", "BatchNormalization", "Conv");
    assertThat(f.node("inner").input(1).constant().orElseThrow().toFloats()).containsOnly(-1f, 1f);
    assertThat(f.node("first").input(1).name()).isEqualTo("w1");
    assertThat(new BinarizeWeights(WeightBits.FLOAT).apply(model)).isZero();
  }

  @Test
  void scalesWhereNothingNormalizesAndKeepsTheBias() {
    for (WeightBits bits : new WeightBits[] {WeightBits.BINARY, WeightBits.TERNARY}) {
      GraphMaker f = new GraphMaker(17);
      Value x = f.add("Conv", "first", f.input("x", 1, 2, 6, 6), f.weights("w1", 4, 2, 1, 1));
      Tensor weights = f.normal(3, 4, 2, 2);
      x = f.add("Conv", "inner", x, f.constant("w2", weights), f.weights("b2", 3));
      x = f.add("Conv", "last", x, f.weights("w3", 2, 3, 1, 1));
      Model model = f.outputs(x).model();
      Model expected = model.copy();

      new BinarizeWeights(bits).apply(model);
      new LowerBinary().apply(model);

      assertThat(Equivalence.opTypes(model)).containsExactly("Conv", "Conv", "Mul", "Add", "Conv");
      Value latent = expected.graph().value("w2").orElseThrow();
      expected
          .graph()
          .setInitializer(latent, Tensor.ofFloats(weights.shape(), scaled(weights, bits)));
      Equivalence.assertSameOutputs(expected, model, 1e-5);
    }
  }

  @Test
  void addsTheBiasOfAProductBehindItsSums() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Gemm", "first", f.input("x", 2, 4), f.weights("w1", 4, 6));
    x = f.add("Gemm", "inner", x, f.weights("w2", 6, 5), f.weights("b2", 5));
    x = f.add("Gemm", "last", f.normalize("bn", x, 5), f.weights("w3", 5, 3));
    Model model = f.outputs(x).model();

    new BinarizeWeights(WeightBits.BINARY).apply(model);
    new LowerBinary().apply(model);

    assertThat(Equivalence.opTypes(model))
        .containsExactly("Gemm", "Gemm", "Add", "BatchNormalization", "Gemm");
  }

  @Test
  void namesNodesOfUnnamedLayersApart() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.input("x", 1, 2, 6, 6);
    for (int i = 0; i < 4; i++) {
      x =
          f.node(NodeBuilder.of("Conv").inputs(x, f.weights("w" + i, 2, 2, 1, 1)).output("y" + i))
              .output(0);
    }
    Model model = f.outputs(x).model();

    new BinarizeWeights(WeightBits.BINARY).apply(model);
    new LowerBinary().apply(model);

    assertThat(model.graph().nodes().stream().filter(node -> node.is("Mul")).map(Node::name))
        .doesNotHaveDuplicates()
        .hasSize(2);
  }

  @Test
  void aFilterOfZeroesGivesZeroesOrOnesAndNeverNaN() {
    for (WeightBits bits : new WeightBits[] {WeightBits.BINARY, WeightBits.TERNARY}) {
      GraphMaker f = new GraphMaker(17);
      Value x = f.add("Conv", "first", f.input("x", 1, 1, 4, 4), f.weights("w1", 2, 1, 1, 1));
      x = f.add("Conv", "inner", x, f.constant("w2", Tensor.ofFloats(Shape.of(1, 2, 1, 1), 0, 0)));
      x = f.add("Conv", "last", x, f.weights("w3", 2, 1, 1, 1));
      Model model = f.outputs(x).model();

      new BinarizeWeights(bits).apply(model);
      new LowerBinary().apply(model);

      Node scale =
          model.graph().nodes().stream().filter(n -> n.is("Mul")).findFirst().orElseThrow();
      assertThat(scale.input(1).constant().orElseThrow().toFloats()).containsExactly(0f);
      assertThat(scale.input(1).constant().orElseThrow().shape()).isEqualTo(Shape.of(1, 1, 1));
    }
  }

  @Test
  void putsSignsInFrontOfInnerLayersOnly() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Conv", "first", f.input("x", 1, 2, 6, 6), f.weights("w1", 4, 2, 1, 1));
    x = f.add("Relu", "r1", f.normalize("bn1", x, 4));
    x = f.add(NodeBuilder.of("MaxPool").ints("kernel_shape", 2, 2), "pool", x);
    x = f.add("Conv", "inner", x, f.weights("w2", 4, 4, 3, 3));
    x = f.add("Relu", "r2", x);
    x = f.add("Conv", "last", x, f.weights("w3", 2, 4, 1, 1));
    Model model = f.outputs(x).model();

    assertThat(new BinarizeActivations().apply(model)).isPositive();

    assertThat(Equivalence.opTypes(model))
        .containsExactly(
            "Conv",
            "BatchNormalization",
            "GreaterOrEqual",
            "Where",
            "MaxPool",
            "Conv",
            "Relu",
            "Conv");
    ShapeInference.infer(model);
    Node where = model.graph().nodes().get(3);
    assertThat(SignPattern.of(where)).isEqualTo(Match.found(f.node("bn1").output(0)));
    assertThat(new BinarizeActivations().apply(model)).isZero();
  }

  /// α times the levels, per filter, by the definition.
  private static float[] scaled(Tensor weights, WeightBits bits) {
    float[] clipped = weights.toFloats();
    int length = clipped.length / 3;
    float[] scaled = new float[clipped.length];
    for (int filter = 0; filter < 3; filter++) {
      double mean = 0;
      for (int i = filter * length; i < (filter + 1) * length; i++) {
        clipped[i] = Math.clamp(clipped[i], -1f, 1f);
        mean += Math.abs(clipped[i]) / length;
      }
      double threshold = bits == WeightBits.TERNARY ? 0.7 * mean : -1;
      double sum = 0;
      int count = 0;
      for (int i = filter * length; i < (filter + 1) * length; i++) {
        if (Math.abs(clipped[i]) > threshold) {
          sum += Math.abs(clipped[i]);
          count++;
        }
      }
      for (int i = filter * length; i < (filter + 1) * length; i++) {
        boolean kept = Math.abs(clipped[i]) > threshold;
        scaled[i] = kept ? (float) (Math.signum(clipped[i]) * sum / count) : 0;
      }
    }
    return scaled;
  }

  @Test
  void namesTheLayersThatStayFloat() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Conv", "first", f.input("x", 1, 2, 6, 6), f.weights("w1", 2, 2, 1, 1));
    Value shared = f.weights("w2", 2, 2, 1, 1);
    x = f.add("Conv", "twin", f.add("Relu", "r1", x), shared);
    x = f.add("Conv", "other", f.add("Sigmoid", "s", x), shared);
    x = f.add("Conv", "inner", f.add("Relu", "r2", x), f.weights("w3", 2, 2, 1, 1));
    x = f.add("Conv", "last", x, f.weights("w4", 2, 2, 1, 1));
    Model model = f.outputs(x).model();

    new BinarizeActivations().apply(model);
    new BinarizeWeights(WeightBits.BINARY).apply(model);
    new ChooseSigns(SignGradient.POLYNOMIAL, false).apply(model);

    String twice = "its weights 'w2' are read by other nodes too";
    assertThat(FloatLayer.of(model, true, true))
        .containsExactly(
            new FloatLayer("Conv 'twin'", twice),
            new FloatLayer("Conv 'other'", twice),
            new FloatLayer(
                "Conv 'other'",
                "it reads Sigmoid 's', expected the output of a rectifier such as Relu"));
    assertThat(FloatLayer.of(model, false, false)).isEmpty();
  }

  @Test
  void namesTheLayersOfBitsThatTrainingMakesFloat() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.input("x", 1, 2);
    x = f.add("MatMul", "bits", x, f.constant("w1", matrix(-1, 1, 1, -1)));
    x = f.add("MatMul", "ternary", x, f.constant("w2", matrix(0, 1, 1, -1)));
    x = f.add("MatMul", "identity", x, f.constant("w3", matrix(1, 0, 0, 1)));
    x = f.add("MatMul", "float", x, f.constant("w4", matrix(-1, 1, 1, -2)));
    Model model = f.outputs(x).model();

    assertThat(FloatLayer.fromBits(model, _ -> true).stream().map(FloatLayer::node))
        .containsExactly("MatMul 'bits'", "MatMul 'ternary'");
    assertThat(FloatLayer.fromBits(model, _ -> false)).isEmpty();
  }

  private static Tensor matrix(float... values) {
    return Tensor.ofFloats(Shape.of(2, 2), values);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "-1, 1", "0.5, 0"})
  void takesTheSignOfAClipWhoseBoundsAreAttributes(float low, int signs) {
    GraphMaker f = new GraphMaker(9);
    Value x = f.add("Conv", "first", f.input("x", 1, 2, 6, 6), f.weights("w1", 2, 2, 1, 1));
    NodeBuilder clip = NodeBuilder.of("Clip").attribute("min", low).attribute("max", 6f);
    x = f.add("Conv", "inner", f.add(clip, "clip", x), f.weights("w2", 2, 2, 1, 1));
    x = f.add("Conv", "last", x, f.weights("w3", 2, 2, 1, 1));

    assertThat(new BinarizeActivations().apply(f.outputs(x).model())).isEqualTo(signs);
  }

  @Test
  void looksThroughChannelShuffles() {
    Model model = Architecture.NIN_GC.build(NetworkOptions.MNIST.withWidthMultiplier(0.25));
    assertThat(new BinarizeActivations().apply(model)).isPositive();
    assertThat(model.graph().nodes().stream().filter(node -> node.is("Where"))).hasSize(7);
    assertThat(model.graph().nodes().stream().filter(node -> node.is("Relu"))).hasSize(1);
  }
}
