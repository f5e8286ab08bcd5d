// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FoldScaleShiftTest {
  private final GraphMaker fixture = new GraphMaker();
  private final FoldScaleShift pass = new FoldScaleShift();

  private Value convolution() {
    return fixture.add(
        "Conv", "conv", fixture.input("x", 2, 3, 5, 5), fixture.weights("w", 4, 3, 3, 3));
  }

  @Nested
  class Folds {
    @ParameterizedTest
    @ValueSource(strings = {"Mul", "Add", "Sub", "Div"})
    void aConstantOnTheRight(String opType) {
      fixture.outputs(fixture.add(opType, "y", convolution(), fixture.positive("c", 1, 4, 1, 1)));

      assertRewrites(pass, fixture, "Conv");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mul", "Add", "Sub"})
    void aConstantOnTheLeft(String opType) {
      fixture.outputs(fixture.add(opType, "y", fixture.positive("c", 4, 1, 1), convolution()));

      assertRewrites(pass, fixture, "Conv");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mul", "Add", "Sub", "Div"})
    void aScalar(String opType) {
      fixture.outputs(
          fixture.add(opType, "y", convolution(), fixture.constant("c", Tensor.scalar(0.3f))));

      assertRewrites(pass, fixture, "Conv");
    }

    @Test
    void aWholeScaleAndShift() {
      Value scaled = fixture.add("Mul", "scaled", convolution(), fixture.weights("c", 4, 1, 1));
      fixture.outputs(fixture.add("Add", "y", scaled, fixture.weights("d", 1, 4, 1, 1)));

      assertRewrites(pass, fixture, "Conv");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void intoATransposedConvolution(int groups) {
      Value y =
          fixture.add(
              NodeBuilder.of("ConvTranspose").attribute("group", groups),
              "conv",
              fixture.input("x", 1, 4, 5, 5),
              fixture.weights("w", 4, 3, 2, 2));
      fixture.outputs(fixture.add("Mul", "y", y, fixture.weights("c", 3L * groups, 1, 1)));

      assertRewrites(pass, fixture, "ConvTranspose");
    }

    @Test
    void intoAGemm() {
      Value y =
          fixture.add(
              NodeBuilder.of("Gemm").attribute("transB", 1),
              "gemm",
              fixture.input("x", 3, 6),
              fixture.weights("w", 4, 6));
      Value scaled = fixture.add("Mul", "scaled", y, fixture.weights("c", 1, 4));
      fixture.outputs(fixture.add("Add", "y", scaled, fixture.weights("d", 4)));

      assertRewrites(pass, fixture, "Gemm");
    }

    @Test
    void aScaleIntoAProductOfAnyRank() {
      Value y = fixture.add("MatMul", "m", fixture.input("x", 2, 3, 6), fixture.weights("w", 6, 4));
      fixture.outputs(fixture.add("Mul", "y", y, fixture.weights("c", 4)));

      assertRewrites(pass, fixture, "MatMul");
    }

    @Test
    void aShiftIntoAMatrixProductThatBecomesAGemm() {
      Value y = fixture.add("MatMul", "m", fixture.input("x", 3, 6), fixture.weights("w", 6, 4));
      fixture.outputs(fixture.add("Add", "y", y, fixture.weights("c", 4)));

      assertRewrites(pass, fixture, "Gemm");
    }
  }

  @Nested
  class Leaves {
    @Test
    void aConstantThatVariesOverPositions() {
      fixture.outputs(fixture.add("Mul", "y", convolution(), fixture.weights("c", 1, 1, 3, 3)));

      assertLeaves(pass, fixture);
    }

    @Test
    void aConstantAlongTheLastAxisOfAConvolution() {
      Value y =
          fixture.add(
              NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
              "conv",
              fixture.input("x", 2, 3, 4, 4),
              fixture.weights("w", 4, 3, 3, 3));
      fixture.outputs(fixture.add("Mul", "y", y, fixture.weights("c", 4)));

      assertLeaves(pass, fixture);
    }

    @Test
    void aConstantThatAddsAnAxis() {
      fixture.outputs(fixture.add("Mul", "y", convolution(), fixture.weights("c", 1, 1, 4, 1, 1)));

      assertLeaves(pass, fixture);
    }

    @Test
    void aConstantThatWidensASingleChannel() {
      Value y =
          fixture.add(
              "Conv", "conv", fixture.input("x", 1, 3, 5, 5), fixture.weights("w", 1, 3, 3, 3));
      fixture.outputs(fixture.add("Mul", "y", y, fixture.weights("c", 4, 1, 1)));

      assertLeaves(pass, fixture);
    }

    @Test
    void aConstantByRow() {
      Value y = fixture.add("Gemm", "gemm", fixture.input("x", 4, 6), fixture.weights("w", 6, 4));
      fixture.outputs(fixture.add("Mul", "y", y, fixture.weights("c", 4, 1)));

      assertLeaves(pass, fixture);
    }

    @Test
    void aQuotientWithTheLayerAsDivisor() {
      fixture.outputs(
          fixture.add("Div", "y", fixture.constant("c", Tensor.scalar(1f)), convolution()));

      assertLeaves(pass, fixture);
    }

    @Test
    void aDivisionByZero() {
      fixture.outputs(
          fixture.add("Div", "y", convolution(), fixture.constant("c", Tensor.scalar(0f))));

      assertLeaves(pass, fixture);
    }

    @Test
    void aFactorThatIsComputed() {
      fixture.outputs(fixture.add("Mul", "y", convolution(), fixture.input("c", 4, 1, 1)));

      assertLeaves(pass, fixture);
    }

    @Test
    void aLayerThatOthersRead() {
      Value y = convolution();
      fixture.outputs(
          fixture.add("Mul", "z", y, fixture.weights("c", 4, 1, 1)), fixture.add("Relu", "r", y));

      assertLeaves(pass, fixture);
    }

    @Test
    void aSquareOfTheLayer() {
      Value y = convolution();
      fixture.outputs(fixture.add("Mul", "z", y, y));

      assertLeaves(pass, fixture);
    }

    @Test
    void aShiftAfterAProductOfHigherRank() {
      Value y = fixture.add("MatMul", "m", fixture.input("x", 2, 3, 6), fixture.weights("w", 6, 4));
      fixture.outputs(fixture.add("Add", "y", y, fixture.weights("c", 4)));

      assertLeaves(pass, fixture);
    }

    @Test
    void aFactorThatMayAddAxesToAProductOfUnknownRank() {
      Value x = fixture.graph().addInput("x", ValueType.unranked(DataType.FLOAT));
      Value y = fixture.add("MatMul", "m", x, fixture.weights("w", 6, 4));
      fixture.outputs(
          fixture.add(
              "Mul", "y", y, fixture.constant("c", fixture.normal(1, 4).reshape(Shape.of(1, 4)))));

      assertLeaves(pass, fixture);
    }
  }

  /// FLOAT16 `[2, 2]`: MatMul by 1 and 0.5, then times `factor`.
  private static Model half(float factor) {
    GraphMaker made = new GraphMaker();
    Value x = made.graph().addInput("h", ValueType.tensor(DataType.FLOAT16, Shape.of(1, 2)));
    Value w = made.constant("hw", halves(Shape.of(2, 2), 1.25f, 0.4f, -0.7f, 1.1f));
    Value y = made.add("MatMul", "hm", x, w);
    made.graph()
        .addOutput(made.add("Mul", "hy", y, made.constant("hs", halves(Shape.SCALAR, factor))));
    return made.model();
  }

  private static Tensor halves(Shape shape, float... values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[values.length * 2]);
    for (int i = 0; i < values.length; i++) {
      bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L, Float.floatToFloat16(values[i]));
    }
    return Tensor.of(DataType.FLOAT16, shape, bytes);
  }

  @Test
  void keepsHalfPrecisionWeightsOutOfTheSubnormals() {
    assertThat(pass.apply(half(3e-6f))).isFalse();
  }

  @Test
  void foldsHalfPrecisionWeightsThatStayNormal() {
    Model model = half(0.03f);

    assertThat(pass.apply(model)).isTrue();
    assertThat(model.graph().nodes()).hasSize(1);
  }

  @Test
  void foldsLongChainsUnderOneName() {
    GraphMaker chain = new GraphMaker();
    Value y = chain.add("Conv", "c", chain.input("i", 1, 2, 3, 3), chain.weights("cw", 2, 2, 1, 1));
    for (int i = 0; i < 2_000; i++) {
      y = chain.add("Mul", "m" + i, y, chain.constant("s" + i, Tensor.scalar(1.0001f)));
    }
    chain.outputs(y);

    assertThat(pass.apply(chain.model())).isTrue();
    assertThat(chain.graph().nodes()).hasSize(1);
    assertThat(chain.graph().nodes().getFirst().input(1).name()).isEqualTo("cw");
  }
}
