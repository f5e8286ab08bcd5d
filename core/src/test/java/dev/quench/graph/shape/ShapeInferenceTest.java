// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.OneNode;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ShapeInferenceTest {
  @Nested
  class Matrices {
    @Test
    void multipliesWithTransposedSides() {
      assertThat(OneNode.of("Gemm", 13).in("N", 512).in(10, 512).with("transB", 1).infer())
          .containsExactly("FLOAT [N, 10]");
    }

    @Test
    void broadcastsLeadingAxes() {
      assertThat(OneNode.of("MatMul", 13).in("N", 1, 7, 64).in(12, 64, 5).infer())
          .containsExactly("FLOAT [N, 12, 7, 5]");
    }

    @Test
    void multipliesVectors() {
      assertThat(OneNode.of("MatMul", 13).in(4).in(4).infer()).containsExactly("FLOAT []");
      assertThat(OneNode.of("MatMul", 13).in(4).in(3, 4, 2).infer())
          .containsExactly("FLOAT [3, 2]");
    }

    @Test
    void refusesSizesThatDiffer() {
      assertThatThrownBy(() -> OneNode.of("MatMul", 13).in(2, 3).in(4, 5).infer())
          .hasMessageContaining(
              "MatMul 'node' input 1 (B): the size K to sum over is 4, expected 3");
    }

    @Test
    void followsEinsumLetters() {
      assertThat(
              OneNode.of("Einsum", 12)
                  .in("B", 8, 16, 64)
                  .in("B", 8, 16, 64)
                  .with("equation", "bhid,bhjd->bhij")
                  .infer())
          .containsExactly("FLOAT [B, 8, 16, 16]");
      assertThat(OneNode.of("Einsum", 12).in(2, 3).in(3, 4).with("equation", "ij, jk").infer())
          .containsExactly("FLOAT [2, 4]");
    }
  }

  @Nested
  class Elements {
    @Test
    void broadcasts() {
      assertThat(OneNode.of("Add", 14).in("N", 3, 1, "W").in(3, 5, 1).infer())
          .containsExactly("FLOAT [N, 3, 5, W]");
      assertThat(OneNode.of("Mul", 7).in("N", 4).in("M", 4).infer())
          .containsExactly("FLOAT [?, 4]");
    }

    @Test
    void comparesToBooleans() {
      assertThat(OneNode.of("Less", 9).in(2, 1).in(3).infer()).containsExactly("BOOL [2, 3]");
    }

    @Test
    void selects() {
      assertThat(OneNode.of("Where", 16).in(DataType.BOOL, 3, 1).in(1, 4).in().infer())
          .containsExactly("FLOAT [3, 4]");
    }

    @Test
    void casts() {
      assertThat(OneNode.of("Cast", 13).in("N", 2).with("to", 10).infer())
          .containsExactly("FLOAT16 [N, 2]");
    }

    @Test
    void keepsTheShapeOfActivations() {
      for (String opType : new String[] {"Relu", "LeakyRelu", "HardSwish", "Gelu", "Mish", "Erf"}) {
        assertThat(OneNode.of(opType, 20).in("N", 2).infer()).containsExactly("FLOAT [N, 2]");
      }
    }

    @Test
    void refusesShapesThatDoNotBroadcast() {
      assertThatThrownBy(() -> OneNode.of("Add", 14).in(2, 3).in(4).infer())
          .hasMessage("Add 'node': shapes [[2, 3], [4]] do not broadcast: 3 against 4");
    }
  }

  @Nested
  class Normalization {
    @Test
    void keepsTheShapeAndGivesStatistics() {
      assertThat(
              OneNode.of("LayerNormalization", 17)
                  .in("N", 16, 64)
                  .in(64)
                  .with("axis", -1)
                  .outputs(2)
                  .infer())
          .containsExactly("FLOAT [N, 16, 64]", "FLOAT [N, 16, 1]");
      assertThat(OneNode.of("BatchNormalization", 15).in("N", 8, 4).in(8).in(8).in(8).in(8).infer())
          .containsExactly("FLOAT [N, 8, 4]");
      assertThat(OneNode.of("Dropout", 13).in("N", 8).outputs(2).infer())
          .containsExactly("FLOAT [N, 8]", "BOOL [N, 8]");
    }

    @Test
    void refusesParametersForOtherChannels() {
      assertThatThrownBy(() ->
              OneNode.of("BatchNormalization", 15).in("N", 8, 4).in(8).in(7).in(8).in(8).infer())
          .hasMessageContaining("input 2 (B): the number of channels is 7, expected 8");
    }
  }

  @Nested
  class Reduction {
    @Test
    void takesAxesFromAttributeOrInputByOpset() {
      assertThat(OneNode.of("ReduceMean", 13).in("N", 3, 4).ints("axes", -1).infer())
          .containsExactly("FLOAT [N, 3, 1]");
      assertThat(
              OneNode.of("ReduceMean", 18).in("N", 3, 4).vector(1, 2).with("keepdims", 0).infer())
          .containsExactly("FLOAT [N]");
      assertThat(OneNode.of("ReduceSum", 13).in("N", 3).with("keepdims", 0).infer())
          .containsExactly("FLOAT []");
      assertThat(OneNode.of("ReduceSum", 13).in("N", 3).with("noop_with_empty_axes", 1).infer())
          .containsExactly("FLOAT [N, 3]");
    }

    @Test
    void findsExtrema() {
      assertThat(OneNode.of("ArgMax", 13).in("N", 10).with("axis", 1).with("keepdims", 0).infer())
          .containsExactly("INT64 [N]");
      assertThat(OneNode.of("TopK", 11).in("N", 10).vector(5).outputs(2).infer())
          .containsExactly("FLOAT [N, 5]", "INT64 [N, 5]");
    }
  }

  @Nested
  class QuantizationAndRecurrence {
    @Test
    void quantizes() {
      assertThat(OneNode.of("QuantizeLinear", 13).in("N", 3).in().in(DataType.INT8).infer())
          .containsExactly("INT8 [N, 3]");
      assertThat(OneNode.of("QuantizeLinear", 13).in("N", 3).in().infer())
          .containsExactly("UINT8 [N, 3]");
      assertThat(OneNode.of("DequantizeLinear", 13).in(DataType.INT8, "N", 3).in(3).infer())
          .containsExactly("FLOAT [N, 3]");
      assertThat(OneNode.of("DynamicQuantizeLinear", 11).in("N", 3).outputs(3).infer())
          .containsExactly("UINT8 [N, 3]", "FLOAT []", "UINT8 []");
    }

    @Test
    void refusesScalesForAnotherAxis() {
      assertThatThrownBy(
              () -> OneNode.of("DequantizeLinear", 13).in(DataType.INT8, 4, 3).in(4).infer())
          .hasMessageContaining("the number of scales along axis 1 is 4, expected 3");
    }

    @Test
    void runsRecurrentLayers() {
      assertThat(
              OneNode.of("LSTM", 14)
                  .in("S", "N", 16)
                  .in(2, 128, 16)
                  .in(2, 128, 32)
                  .with("hidden_size", 32)
                  .with("direction", "bidirectional")
                  .outputs(3)
                  .infer())
          .containsExactly("FLOAT [S, 2, N, 32]", "FLOAT [2, N, 32]", "FLOAT [2, N, 32]");
    }
  }

  @Nested
  class Generators {
    @Test
    void countsRanges() {
      assertThat(
              OneNode.of("Range", 11)
                  .constant(Tensor.scalar(2L))
                  .constant(Tensor.scalar(11L))
                  .constant(Tensor.scalar(3L))
                  .infer())
          .containsExactly("INT64 [3]");
    }

    @Test
    void fillsShapes() {
      assertThat(OneNode.of("ConstantOfShape", 9).vector(2, 3).infer())
          .containsExactly("FLOAT [2, 3]");
      assertThat(OneNode.of("Shape", 15).in("N", 3, 4).with("start", -2).infer())
          .containsExactly("INT64 [2]");
      assertThat(
              OneNode.of("Constant", 13)
                  .with("value", AttributeValue.of(Tensor.vector(1, 2)))
                  .infer())
          .containsExactly("INT64 [2]");
    }
  }

  @Test
  void leavesUnknownOperatorsAlone() {
    assertThat(OneNode.of("NoSuchOperator", 13).in("N", 3).infer()).containsExactly("none");
  }

  @Test
  void leavesWhatUnknownRanksGive() {
    assertThat(OneNode.of("Conv", 13).unranked().in(4, 3, 3, 3).infer()).containsExactly("FLOAT");
    assertThat(OneNode.of("Add", 13).unranked().in(4).infer()).containsExactly("FLOAT");
  }

  /// Runtimes take these for granted, and read beyond memory where they do not hold.
  @Nested
  class Operands {
    private void assertRefused(OneNode node, String words) {
      assertThatThrownBy(node::infer)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(words);
    }

    @Test
    void scalesAreOneAnAxis() {
      assertRefused(OneNode.of("Upsample", 9).in(1, 2, 4, 4).in(1, 2, 4, 4), "one number an axis");
      assertRefused(OneNode.of("Resize", 10).in(1, 2, 4, 4).in(3), "expected shape [4]");
      assertThat(OneNode.of("Resize", 10).in(1, 2, 4, 4).in(4).infer())
          .containsExactly("FLOAT [?, ?, ?, ?]");
    }

    @Test
    void weightsOfConvolutionsHaveElements() {
      assertRefused(OneNode.of("Conv", 11).in(1, 0, 4, 4).in(2, 0, 1, 1), "has no elements");
      assertRefused(
          OneNode.of("ConvTranspose", 11).in(1, 2, 4, 4).in(2, 0, 1, 1), "has no elements");
    }

    @Test
    void axesOfReductionsAreAVector() {
      assertRefused(
          OneNode.of("ReduceMin", 18).in(4, 0, 3).constant(Tensor.scalar(1L)), "a vector of axes");
    }

    @Test
    void gridsHaveACoordinateForEachSpatialAxis() {
      assertRefused(OneNode.of("GridSample", 20).in().in(), "three axes or more");
      assertRefused(
          OneNode.of("GridSample", 16).in(1, 2, 4, 4).in(1, 5, 5, 3), "expected 2 coordinates");
    }

    @Test
    void lengthsOfSequencesAreOneASample() {
      OneNode two = OneNode.of("ReverseSequence", 10).in(4, 3);
      assertRefused(two.in(DataType.INT64, 4), "4 lengths, but there are 3 samples");
      assertRefused(
          OneNode.of("ReverseSequence", 10).in(4).in(DataType.INT64, 4), "two axes or more");
    }

    @Test
    void indicesNamePlacesInTheData() {
      assertRefused(
          OneNode.of("ScatterND", 11).in(1, 4).in(DataType.INT64, 0).in(1, 4), "1 to 2 axes");
      assertRefused(
          OneNode.of("ScatterND", 11).in(5, 4).in(DataType.INT64, 2, 1).in(2, 3),
          "expected shape [2, 4]");
      assertThat(OneNode.of("ScatterND", 11).in(5, 4).in(DataType.INT64, 2, 1).in(2, 4).infer())
          .containsExactly("FLOAT [5, 4]");
    }
  }
}
