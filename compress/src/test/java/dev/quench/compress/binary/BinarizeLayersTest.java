// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/// Which layers become binary, by which scheme, and that the exported constants are what training
/// evaluates.
class BinarizeLayersTest {
  /// The weights of the published vectors, but for 1 in place of 1.5, which is clipped.
  private static final float[] LATENT = {.9f, -.2f, .05f, -.6f, 1, .3f, -.1f, -.7f};

  @Test
  void exportsTheCentredWeightsAndScalesThatWerePublished() {
    GraphMaker f = new GraphMaker(17);
    Value weights = f.constant("w", Tensor.ofFloats(Shape.of(2, 2, 1, 2), LATENT));
    Model model = f.outputs(f.add("Conv", "only", f.input("x", 1, 2, 4, 4), weights)).model();
    binarize(model, WeightScheme.BINARY.withCentred(true).withScale(BinaryScale.ALWAYS), "only");
    new LowerBinary().apply(model);

    Node conv = f.node("only");
    assertThat(f.node("only.scale").input(1).constant().orElseThrow().toFloats())
        .containsExactly(.3125f, .525f);
    assertThat(conv.input(1).constant().orElseThrow().toFloats())
        .containsExactly(1, 1, -1, -1, 1, 1, -1, -1);
  }

  @Test
  void depthwiseConvolutionsKeepTheirSignsUnderCentring() {
    GraphMaker f = new GraphMaker(17);
    Value weights = f.constant("w", Tensor.ofFloats(Shape.of(4, 1, 1, 2), LATENT));
    Value y =
        f.add(
            NodeBuilder.of("Conv").attribute("group", 4),
            "depthwise",
            f.input("x", 1, 4, 4, 4),
            weights);
    Model model = f.outputs(y).model();
    binarize(model, WeightScheme.BINARY.withCentred(true), "depthwise");
    new LowerBinary().apply(model);

    assertThat(f.node("depthwise").input(1).constant().orElseThrow().toFloats())
        .containsExactly(1, -1, 1, -1, 1, 1, -1, -1);
  }

  @Test
  void aMatrixHasItsFiltersInColumns() {
    GraphMaker f = new GraphMaker(17);
    Value weights = f.constant("w", Tensor.ofFloats(Shape.of(2, 2), .5f, -.25f, -.5f, .75f));
    Model model = f.outputs(f.add("MatMul", "product", f.input("x", 3, 2), weights)).model();
    binarize(model, WeightScheme.BINARY, "product");
    new LowerBinary().apply(model);

    Node scale = f.node("product.scale");
    assertThat(scale.input(1).constant().orElseThrow().toFloats()).containsExactly(.5f, .5f);
    assertThat(f.node("product").input(1).constant().orElseThrow().toFloats())
        .containsExactly(1, -1, -1, 1);
  }

  @Test
  void aBiasWithItsFactorStaysBehindTheScale() {
    GraphMaker f = new GraphMaker(17);
    NodeBuilder gemm = NodeBuilder.of("Gemm").attribute("transB", 1).attribute("beta", 0.5f);
    Value weights = f.constant("w", Tensor.ofFloats(Shape.of(2, 2), 1, -1, -1, 1));
    Value bias = f.constant("b", Tensor.ofFloats(Shape.of(2), 3, -2));
    Model model = f.outputs(f.add(gemm, "product", f.input("x", 3, 2), weights, bias)).model();
    Model expected = model.copy();
    binarize(model, WeightScheme.BINARY, "product");
    new LowerBinary().apply(model);

    Equivalence.assertSameOutputs(expected, model, 1e-6);
  }

  @Test
  void everySchemeIsExportedAsTrainingEvaluatesIt() {
    for (WeightScheme scheme :
        new WeightScheme[] {
          WeightScheme.BINARY,
          WeightScheme.BINARY.withCentred(true).withScale(BinaryScale.ALWAYS),
          WeightScheme.BINARY.withCentred(true).withStochastic(true),
          WeightScheme.BINARY.withScale(BinaryScale.NEVER),
          WeightScheme.TERNARY.withScale(BinaryScale.ALWAYS),
        }) {
      GraphMaker f = new GraphMaker(17, 5);
      Value x = f.input("x", Dim.of("N"), Dim.of(6), Dim.of(7), Dim.of(7));
      x =
          f.add(
              NodeBuilder.of("Conv").attribute("group", 2),
              "grouped",
              x,
              f.weights("w1", 8, 3, 3, 3),
              f.weights("b1", 8));
      x = f.normalize("n1", x, 8);
      x = f.add("Conv", "plain", x, f.weights("w2", 6, 8, 2, 2));
      x =
          f.add(
              NodeBuilder.of("ConvTranspose").attribute("group", 3),
              "up",
              x,
              f.weights("w4", 6, 2, 2, 2));
      x = f.add("Flatten", "flat", f.add("GlobalAveragePool", "mean", x));
      x = f.add("MatMul", "product", x, f.weights("w3", 6, 4));
      Model model = f.outputs(x).model();
      binarize(model, scheme, "grouped", "plain", "up", "product");
      float[] before = evaluated(model);
      float[] again = evaluated(model);
      new LowerBinary().apply(model);

      assertThat(evaluated(model)).isEqualTo(before).isEqualTo(again);
    }
  }

  @Test
  void evaluationNeverChangesAWeight() {
    GraphMaker f = new GraphMaker(17, 5);
    Value x = f.input("x", Dim.of("N"), Dim.of(6), Dim.of(7), Dim.of(7));
    x = f.add("Conv", "plain", x, f.weights("w", 5, 6, 2, 2));
    Model model = f.outputs(x).model();
    binarize(model, WeightScheme.BINARY.withCentred(true), "plain");
    try (Program program = Program.compile(model.copy(), false)) {
      float[] start = values(program);
      float[] first = run(program);
      assertThat(run(program)).isEqualTo(first);
      assertThat(values(program)).isEqualTo(start);
    }
  }

  @Test
  void unknownLayersAreRefusedWithTheKnownOnes() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Conv", "only", f.input("x", 1, 2, 4, 4), f.weights("w", 2, 2, 1, 1));
    Model model = f.outputs(x).model();

    assertThatThrownBy(() -> binarize(model, WeightScheme.BINARY, "first"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no layer is named 'first'; the layers of this model are 'only'");
    assertThatThrownBy(() -> BinarizeActivations.ofLayers(Set.of("first")).apply(model))
        .hasMessageContaining("no layer is named 'first'");
  }

  @Test
  void centringAndDrawsAreForOneBitOnly() {
    assertThatThrownBy(() -> WeightScheme.TERNARY.withCentred(true))
        .hasMessage("only 1-bit weights can be centred, got TERNARY weights");
    assertThatThrownBy(() -> WeightScheme.TERNARY.withStochastic(true))
        .hasMessage("only 1-bit weights can be drawn at random, got TERNARY weights");
  }

  @Test
  void aRectifierThatAShortcutReadsStaysForTheShortcut() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Conv", "first", f.input("x", 1, 2, 6, 6), f.weights("w1", 4, 2, 1, 1));
    Value rectified = f.add("Relu", "r", f.normalize("bn", x, 4));
    Value y = f.add("Conv", "inner", rectified, f.weights("w2", 4, 4, 1, 1));
    y = f.add("Add", "sum", y, rectified);
    y = f.add("Conv", "last", y, f.weights("w3", 2, 4, 1, 1));
    Model model = f.outputs(y).model();

    assertThat(new BinarizeActivations().apply(model)).isEqualTo(1);
    assertThat(f.node("inner").input(0).producer().orElseThrow().is("Where")).isTrue();
    assertThat(f.node("sum").input(1).producer().orElseThrow().is("Relu")).isTrue();
  }

  @Test
  void aNamedLayerReadsTheSignOfItsInput() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Conv", "first", f.input("x", 1, 2, 6, 6), f.weights("w1", 4, 2, 1, 1));
    x = f.normalize("bn", x, 4);
    x = f.add("Conv", "last", x, f.weights("w3", 2, 4, 1, 1));
    Model model = f.outputs(x).model();

    assertThat(new BinarizeActivations().apply(model)).isZero();
    assertThat(BinarizeActivations.ofLayers(Set.of("last")).apply(model)).isEqualTo(1);
    assertThat(f.node("last").input(0).producer().orElseThrow().is("Where")).isTrue();
    assertThat(BinarizeActivations.ofLayers(Set.of("last")).apply(model)).isZero();
  }

  @Test
  void aNamedLayerThatReadsTheImageGoesOnReadingIt() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Flatten", "flat", f.input("x", 1, 2, 6, 6));
    x = f.add("MatMul", "first", x, f.weights("w1", 72, 4));
    x = f.add("MatMul", "second", f.add("Relu", "r", x), f.weights("w2", 4, 2));
    Model model = f.outputs(x).model();

    assertThat(BinarizeActivations.ofLayers(Set.of("first", "second")).apply(model)).isEqualTo(1);
    assertThat(f.node("first").input(0).producer().orElseThrow().is("Flatten")).isTrue();
    assertThat(f.node("second").input(0).producer().orElseThrow().is("Where")).isTrue();
  }

  @Test
  void transposedConvolutionsHaveOneScaleForEachOutputChannelOfAGroup() {
    GraphMaker f = new GraphMaker(17, 2);
    Tensor weights = f.normal(4, 3, 2, 2);
    Value x = f.input("x", 1, 4, 5, 5);
    NodeBuilder layer = NodeBuilder.of("ConvTranspose").attribute("group", 2).ints("strides", 2, 2);
    Model model =
        f.outputs(f.add(layer, "up", x, f.constant("w", weights), f.weights("b", 6))).model();
    Model expected = model.copy();
    binarize(model, WeightScheme.BINARY, "up");
    new LowerBinary().apply(model);

    // Group g has inputs 2g and 2g + 1, and outputs 3g to 3g + 2.
    float[] values = weights.toFloats();
    float[] scaled = new float[values.length];
    for (int group = 0; group < 2; group++) {
      for (int out = 0; out < 3; out++) {
        double sum = 0;
        for (int in = 0; in < 2; in++) {
          for (int k = 0; k < 4; k++) {
            sum += Math.min(1, Math.abs(values[((2 * group + in) * 3 + out) * 4 + k]));
          }
        }
        for (int in = 0; in < 2; in++) {
          for (int k = 0; k < 4; k++) {
            int at = ((2 * group + in) * 3 + out) * 4 + k;
            scaled[at] = (float) (values[at] >= 0 ? sum / 8 : -sum / 8);
          }
        }
      }
    }
    Value latent = expected.graph().value("w").orElseThrow();
    expected.graph().setInitializer(latent, Tensor.ofFloats(weights.shape(), scaled));
    Equivalence.assertSameOutputs(expected, model, 1e-5);
  }

  private static void binarize(Model model, WeightScheme scheme, String... layers) {
    BinarizeWeights.ofLayers(scheme, Set.of(layers)).apply(model);
  }

  private static float[] evaluated(Model model) {
    try (Program program = Program.compile(model.copy(), false)) {
      return run(program);
    }
  }

  private static float[] run(Program program) {
    torch.manual_seed(3);
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      var y = program.run(torch.randn(4, 6, 7, 7), false, Compute.FP32).contiguous();
      return NativeFloats.memory(y).toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static float[] values(Program program) {
    return NativeFloats.memory(program.parameters().values()).toArray(ValueLayout.JAVA_FLOAT);
  }
}
