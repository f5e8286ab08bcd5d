// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FoldBatchNormalizationTest {
  private final GraphMaker fixture = new GraphMaker();
  private final FoldBatchNormalization pass = new FoldBatchNormalization();

  @Nested
  class Folds {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6})
    void intoAConvolutionWithGroups(int groups) {
      Value x = fixture.input("x", 2, 6, 5, 5);
      Value y =
          fixture.add(
              NodeBuilder.of("Conv").attribute("group", groups).ints("pads", 1, 1, 1, 1),
              "conv",
              x,
              fixture.weights("w", 12, 6 / groups, 3, 3));
      fixture.outputs(fixture.normalize("y", y, 12));

      assertRewrites(pass, fixture, "Conv");
    }

    @Test
    void intoAConvolutionWithBias() {
      Value y =
          fixture.add(
              "Conv",
              "conv",
              fixture.input("x", 2, 3, 7),
              fixture.weights("w", 4, 3, 3),
              fixture.weights("b", 4));
      fixture.outputs(fixture.normalize("y", y, 4));

      assertRewrites(pass, fixture, "Conv");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void intoATransposedConvolutionWithGroups(int groups) {
      Value y =
          fixture.add(
              NodeBuilder.of("ConvTranspose").attribute("group", groups).ints("strides", 2, 2),
              "conv",
              fixture.input("x", 2, 6, 4, 4),
              fixture.weights("w", 6, 4, 3, 3),
              fixture.weights("b", 4L * groups));
      fixture.outputs(fixture.normalize("y", y, 4L * groups));

      assertRewrites(pass, fixture, "ConvTranspose");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void intoAGemmWithAlphaAndBeta(int transB) {
      Value y =
          fixture.add(
              NodeBuilder.of("Gemm")
                  .attribute("transB", transB)
                  .attribute("alpha", 0.5f)
                  .attribute("beta", 3f),
              "gemm",
              fixture.input("x", 3, 6),
              transB == 0 ? fixture.weights("w", 6, 4) : fixture.weights("w", 4, 6),
              fixture.weights("c", 1, 4));
      fixture.outputs(fixture.normalize("y", y, 4));

      assertRewrites(pass, fixture, "Gemm");
    }

    @Test
    void intoAGemmWithAScalarAddend() {
      Value y =
          fixture.add(
              "Gemm",
              "gemm",
              fixture.input("x", 3, 6),
              fixture.weights("w", 6, 4),
              fixture.constant("c", Tensor.scalar(0.7f)));
      fixture.outputs(fixture.normalize("y", y, 4));

      assertRewrites(pass, fixture, "Gemm");
    }

    /// Until opset 10 a Gemm must have its third input.
    @ParameterizedTest
    @ValueSource(ints = {7, 9, 10})
    void intoAMatrixProductOfAnOldOpset(int opset) {
      GraphMaker old = new GraphMaker(opset);
      Value y = old.add("MatMul", "product", old.input("x", 3, 6), old.weights("w", 6, 4));
      old.outputs(old.normalize("y", y, 4));

      assertRewrites(pass, old, "Gemm");
    }

    @Test
    void intoAMatrixProductThatBecomesAGemm() {
      Value y =
          fixture.add("MatMul", "product", fixture.input("x", 3, 6), fixture.weights("w", 6, 4));
      fixture.outputs(fixture.normalize("y", y, 4));

      assertRewrites(pass, fixture, "Gemm");
    }

    @Test
    void intoOneOfTwoConvolutionsThatShareWeights() {
      Value x = fixture.input("x", 1, 2, 5, 5);
      Value w = fixture.weights("w", 3, 2, 3, 3);
      Value first = fixture.add("Conv", "first", x, w);
      Value second = fixture.add("Conv", "second", x, w);
      fixture.outputs(fixture.normalize("y", first, 3), second);

      assertRewrites(pass, fixture, "Conv", "Conv");
    }

    @Test
    void weightsOfConstantNodes() {
      Value w =
          fixture.add(
              NodeBuilder.of("Constant")
                  .attribute("value", AttributeValue.of(fixture.normal(3, 2, 3, 3))),
              "w");
      Value y = fixture.add("Conv", "conv", fixture.input("x", 1, 2, 5, 5), w);
      fixture.outputs(fixture.normalize("y", y, 3));

      assertRewrites(pass, fixture, "Constant", "Conv");
    }

    @Test
    void inTheArithmeticOfDoubles() {
      Value x = fixture.input("x", 1, 1, 1, 1);
      Value w = fixture.constant("w", Tensor.ofFloats(Shape.of(1, 1, 1, 1), 0.3f));
      Value y =
          fixture.add(
              NodeBuilder.of("BatchNormalization").attribute("epsilon", 0f),
              "y",
              fixture.add("Conv", "conv", x, w),
              fixture.constant("gamma", Tensor.ofFloats(Shape.of(1), 1.1f)),
              fixture.constant("beta", Tensor.ofFloats(Shape.of(1), 0.7f)),
              fixture.constant("mean", Tensor.ofFloats(Shape.of(1), 1e-3f)),
              fixture.constant("variance", Tensor.ofFloats(Shape.of(1), 1e-7f)));
      fixture.outputs(y);

      pass.apply(fixture.model());

      double scale = (double) 1.1f / Math.sqrt((double) 1e-7f);
      var conv = fixture.node("conv");
      assertThat(conv.input(1).constant().orElseThrow().toFloats())
          .containsExactly((float) (0.3f * scale));
      assertThat(conv.input(2).constant().orElseThrow().toFloats())
          .containsExactly((float) ((double) 0.7f - (double) 1e-3f * scale));
    }
  }

  @Nested
  class Leaves {
    private final Value x = fixture.input("x", 1, 3, 5, 5);

    @Test
    void aLayerOutputWithTwoReaders() {
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 4, 3, 3, 3));
      fixture.outputs(fixture.normalize("y", y, 4), fixture.add("Relu", "z", y));

      assertLeaves(pass, fixture);
    }

    @Test
    void aLayerOutputThatIsAGraphOutput() {
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 4, 3, 3, 3));
      fixture.outputs(fixture.normalize("y", y, 4), y);

      assertLeaves(pass, fixture);
    }

    @Test
    void trainingMode() {
      GraphMaker training = new GraphMaker(14);
      Value y =
          training.add(
              "Conv", "conv", training.input("x", 1, 3, 5, 5), training.weights("w", 4, 3, 3, 3));
      training.outputs(training.normalize("y", y, 4));
      training.node("y").setAttribute("training_mode", AttributeValue.of(1));

      assertLeaves(pass, training);
    }

    @Test
    void outputsOfStatistics() {
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 4, 3, 3, 3));
      fixture
          .graph()
          .append(
              NodeBuilder.of("BatchNormalization")
                  .inputs(
                      y,
                      fixture.weights("scale", 4),
                      fixture.weights("shift", 4),
                      fixture.weights("mean", 4),
                      fixture.positive("variance", 4))
                  .output("y")
                  .output("running_mean"));
      fixture.outputs(fixture.graph().value("y").orElseThrow());

      assertLeaves(pass, fixture);
    }

    @Test
    void parametersThatAreGraphInputs() {
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 4, 3, 3, 3));
      fixture.outputs(
          fixture.add(
              "BatchNormalization",
              "y",
              y,
              fixture.input("scale", 4),
              fixture.weights("shift", 4),
              fixture.weights("mean", 4),
              fixture.positive("variance", 4)));

      assertLeaves(pass, fixture);
    }

    @Test
    void weightsThatAGraphInputMayOverride() {
      fixture.input("w", 4, 3, 3, 3);
      Value w = fixture.weights("w", 4, 3, 3, 3);
      fixture.outputs(fixture.normalize("y", fixture.add("Conv", "conv", x, w), 4));

      assertLeaves(pass, fixture);
    }

    @Test
    void aBiasThatIsComputed() {
      Value b = fixture.input("b", 4);
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 4, 3, 3, 3), b);
      fixture.outputs(fixture.normalize("y", y, 4));

      assertLeaves(pass, fixture);
    }

    @Test
    void parametersOfAnotherSize() {
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 4, 3, 3, 3));
      fixture.outputs(fixture.normalize("y", y, 5));

      assertLeaves(pass, fixture);
    }

    @Test
    void aFoldThatOverflows() {
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 1, 3, 3, 3));
      fixture.outputs(
          fixture.add(
              NodeBuilder.of("BatchNormalization").attribute("epsilon", 0f),
              "y",
              y,
              fixture.constant("scale", Tensor.ofFloats(Shape.of(1), 1e30f)),
              fixture.weights("shift", 1),
              fixture.weights("mean", 1),
              fixture.constant("variance", Tensor.ofFloats(Shape.of(1), 1e-30f))));

      assertLeaves(pass, fixture);
    }

    @Test
    void aVarianceBelowZero() {
      Value y = fixture.add("Conv", "conv", x, fixture.weights("w", 1, 3, 3, 3));
      fixture.outputs(
          fixture.add(
              "BatchNormalization",
              "y",
              y,
              fixture.weights("scale", 1),
              fixture.weights("shift", 1),
              fixture.weights("mean", 1),
              fixture.constant("variance", Tensor.ofFloats(Shape.of(1), -1f))));

      assertLeaves(pass, fixture);
    }

    @Test
    void binaryWeights() {
      Value y =
          fixture.add(
              "Conv",
              "conv",
              x,
              fixture.constant("w", Tensor.ofFloats(Shape.of(2, 3, 1, 1), 1, -1, 1, 1, -1, -1)));
      fixture.outputs(fixture.normalize("y", y, 2));

      assertLeaves(pass, fixture);
    }

    @Test
    void aMatrixProductOfUnknownOrHigherRank() {
      Value higher = fixture.input("h", 2, 4, 6);
      Value unknown = fixture.graph().addInput("u", ValueType.unranked(DataType.FLOAT));
      Value w = fixture.weights("wm", 6, 4);
      fixture.outputs(
          fixture.normalize("y", fixture.add("MatMul", "m", higher, w), 4),
          fixture.normalize("z", fixture.add("MatMul", "n", unknown, w), 4));

      assertLeaves(pass, fixture);
    }

    @Test
    void aNormalizationWithoutALayerBeforeIt() {
      fixture.outputs(fixture.normalize("y", x, 3));

      assertLeaves(pass, fixture);
    }

    @Test
    void aGemmWhoseAddendVariesByRow() {
      Value y =
          fixture.add(
              "Gemm",
              "gemm",
              fixture.input("a", 3, 6),
              fixture.weights("w", 6, 4),
              fixture.weights("c", 3, 1));
      fixture.outputs(fixture.normalize("y", y, 4));

      assertLeaves(pass, fixture);
    }
  }

  @Test
  void keepsTheBatchFree() {
    Value y =
        fixture.add(
            "Conv",
            "conv",
            fixture.input("x", Dim.of("N"), Dim.of(3), Dim.of(5), Dim.of(5)),
            fixture.weights("w", 4, 3, 3, 3));
    fixture.outputs(fixture.normalize("y", y, 4));

    assertRewrites(pass, fixture, "Conv");
  }

  @Test
  void roundsToTheTypeOfTheWeights() {
    Value x =
        fixture.graph().addInput("x", ValueType.tensor(DataType.FLOAT16, Shape.of(1, 1, 1, 1)));
    Value w = fixture.constant("w", half(Shape.of(1, 1, 1, 1), 0.3f));
    Value y =
        fixture.add(
            NodeBuilder.of("BatchNormalization").attribute("epsilon", 0f),
            "y",
            fixture.add("Conv", "conv", x, w),
            fixture.constant("gamma", half(Shape.of(1), 1.1f)),
            fixture.constant("beta", half(Shape.of(1), 0.5f)),
            fixture.constant("mean", half(Shape.of(1), 0f)),
            fixture.constant("variance", half(Shape.of(1), 1f)));
    fixture.outputs(y);

    pass.apply(fixture.model());

    Tensor folded = fixture.node("conv").input(1).constant().orElseThrow();
    double product = half(Shape.of(1), 0.3f).doubleAt(0) * half(Shape.of(1), 1.1f).doubleAt(0);
    assertThat(folded.dataType()).isEqualTo(DataType.FLOAT16);
    assertThat(folded.doubleAt(0)).isEqualTo(half(Shape.of(1), (float) product).doubleAt(0));
  }

  private static Tensor half(Shape shape, float value) {
    short bits = Float.floatToFloat16(value);
    return Tensor.of(
        DataType.FLOAT16,
        shape,
        MemorySegment.ofArray(new byte[] {(byte) bits, (byte) (bits >> 8)}));
  }
}
