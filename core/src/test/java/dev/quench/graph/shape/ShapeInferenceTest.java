// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.OneNode;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ShapeInferenceTest {
  @Nested
  class Convolution {
    @Test
    void convolvesWithPadsAndStrides() {
      assertThat(
              OneNode.of("Conv", 11)
                  .in("N", 3, 224, 224)
                  .in(64, 3, 7, 7)
                  .ints("kernel_shape", 7, 7)
                  .ints("pads", 3, 3, 3, 3)
                  .ints("strides", 2, 2)
                  .infer())
          .containsExactly("FLOAT [N, 64, 112, 112]");
    }

    @Test
    void keepsSymbolsWhereTheWindowKeepsTheSize() {
      assertThat(
              OneNode.of("Conv", 11)
                  .in("N", 3, "H", "W")
                  .in(8, 3, 3, 3)
                  .ints("pads", 1, 1, 0, 1)
                  .infer())
          .containsExactly("FLOAT [N, 8, ?, W]");
    }

    @Test
    void dilatesAndGroups() {
      assertThat(
              OneNode.of("Conv", 22)
                  .in(2, 8, 20)
                  .in(16, 2, 3)
                  .with("group", 4)
                  .ints("dilations", 4)
                  .infer())
          .containsExactly("FLOAT [2, 16, 12]");
    }

    @Test
    void padsToTheSameSize() {
      assertThat(
              OneNode.of("Conv", 11)
                  .in(1, 3, 15, 15)
                  .in(4, 3, 3, 3)
                  .with("auto_pad", "SAME_UPPER")
                  .ints("strides", 2, 2)
                  .infer())
          .containsExactly("FLOAT [1, 4, 8, 8]");
    }

    @Test
    void transposes() {
      assertThat(
              OneNode.of("ConvTranspose", 11)
                  .in(1, 16, 5, 5)
                  .in(16, 4, 3, 3)
                  .with("group", 2)
                  .ints("strides", 2, 2)
                  .ints("pads", 1, 1, 1, 1)
                  .ints("output_padding", 1, 1)
                  .infer())
          .containsExactly("FLOAT [1, 8, 10, 10]");
    }

    @Test
    void givesIntegersForIntegerKinds() {
      assertThat(
              OneNode.of("ConvInteger", 10)
                  .in(DataType.UINT8, 1, 1, 4, 4)
                  .in(DataType.INT8, 2, 1, 2, 2)
                  .infer())
          .containsExactly("INT32 [1, 2, 3, 3]");
    }

    @Test
    void refusesWeightsOfAnotherRank() {
      assertThatThrownBy(() -> OneNode.of("Conv", 11).in(1, 3, 8, 8).in(4, 3, 3).infer())
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(
              "Conv 'node' input 1 (W): rank 3, expected 4 [M, C/group, kH, kW]");
    }

    @Test
    void refusesWeightsForOtherChannels() {
      assertThatThrownBy(() -> OneNode.of("Conv", 11).in(1, 3, 8, 8).in(4, 5, 3, 3).infer())
          .hasMessageContaining("Conv 'node' input 1 (W): 5 input channels in each of 1 groups");
    }

    @Test
    void refusesAWindowLargerThanTheInput() {
      assertThatThrownBy(() -> OneNode.of("Conv", 11).in(1, 3, 8, 8).in(4, 3, 9, 9).infer())
          .hasMessageContaining("does not fit");
    }
  }

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
  class Pooling {
    @Test
    void roundsUpButStartsInsideTheInput() {
      assertThat(
              OneNode.of("MaxPool", 12)
                  .in(1, 1, 6, 5)
                  .ints("kernel_shape", 3, 1)
                  .ints("strides", 2, 3)
                  .with("ceil_mode", 1)
                  .outputs(2)
                  .infer())
          .containsExactly("FLOAT [1, 1, 3, 2]", "INT64 [1, 1, 3, 2]");
    }

    @Test
    void poolsWholePlanes() {
      assertThat(OneNode.of("GlobalAveragePool", 13).in("N", 512, "H", "W").infer())
          .containsExactly("FLOAT [N, 512, 1, 1]");
    }

    @Test
    void refusesAKernelForOtherAxes() {
      assertThatThrownBy(
              () -> OneNode.of("AveragePool", 11).in(1, 1, 4).ints("kernel_shape", 2, 2).infer())
          .hasMessageContaining("'kernel_shape' has 2 entries, expected 1");
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
  class Layout {
    @Test
    void reshapesWithCopiesAndOneFreeSize() {
      assertThat(OneNode.of("Reshape", 13).in("N", 64, 7, 7).vector(0, -1).infer())
          .containsExactly("FLOAT [N, 3136]");
      assertThat(OneNode.of("Reshape", 13).in("N", 64, 7, 7).vector(-1, 3136).infer())
          .containsExactly("FLOAT [N, 3136]");
      assertThat(OneNode.of("Reshape", 13).in("N", "S", 64).vector(-1, 64).infer())
          .containsExactly("FLOAT [?, 64]");
    }

    @Test
    void refusesAReshapeOfOtherSize() {
      assertThatThrownBy(() -> OneNode.of("Reshape", 13).in(2, 3).vector(4, 2).infer())
          .hasMessageContaining("[4, 2] has 8 elements, but the input has 6");
      assertThatThrownBy(() -> OneNode.of("Reshape", 13).in(2, 3).vector(4, -1).infer())
          .hasMessageContaining("do not divide");
    }

    @Test
    void flattens() {
      assertThat(OneNode.of("Flatten", 13).in("N", 2, 3).infer()).containsExactly("FLOAT [N, 6]");
      assertThat(OneNode.of("Flatten", 13).in(4, 2, 3).with("axis", 3).infer())
          .containsExactly("FLOAT [24, 1]");
    }

    @Test
    void squeezesAndUnsqueezesByAttributeOrInput() {
      assertThat(OneNode.of("Squeeze", 11).in("N", 1, 1).ints("axes", 1, -1).infer())
          .containsExactly("FLOAT [N]");
      assertThat(OneNode.of("Squeeze", 13).in(1, 3, 1).infer()).containsExactly("FLOAT [3]");
      assertThat(OneNode.of("Unsqueeze", 13).in("N", 3).vector(0, -1).infer())
          .containsExactly("FLOAT [1, N, 3, 1]");
    }

    @Test
    void transposes() {
      assertThat(OneNode.of("Transpose", 13).in("N", 3, 5).ints("perm", 0, 2, 1).infer())
          .containsExactly("FLOAT [N, 5, 3]");
      assertThat(OneNode.of("Transpose", 13).in("N", 3, 5).infer())
          .containsExactly("FLOAT [5, 3, N]");
      assertThatThrownBy(() -> OneNode.of("Transpose", 13).in(2, 3).ints("perm", 0, 0).infer())
          .hasMessageContaining("expected a permutation");
    }

    @Test
    void expandsTilesAndPads() {
      assertThat(OneNode.of("Expand", 13).in("N", 1, 4).vector(3, 1).infer())
          .containsExactly("FLOAT [N, 3, 4]");
      assertThat(OneNode.of("Tile", 13).in("N", 2).vector(1, 3).infer())
          .containsExactly("FLOAT [N, 6]");
      assertThat(OneNode.of("Pad", 13).in("N", 2, 3).vector(0, 1, 1, 0, 1, 2).infer())
          .containsExactly("FLOAT [N, 4, 6]");
      assertThat(OneNode.of("Pad", 18).in("N", 2, 3).vector(1, 2).absent().vector(-1).infer())
          .containsExactly("FLOAT [N, 2, 6]");
      assertThat(OneNode.of("Pad", 10).in(2, 3).ints("pads", 0, 1, 0, 0).infer())
          .containsExactly("FLOAT [2, 4]");
    }

    @Test
    void concatenates() {
      assertThat(OneNode.of("Concat", 13).in("N", 2, 7).in("N", 3, 7).with("axis", 1).infer())
          .containsExactly("FLOAT [N, 5, 7]");
      assertThatThrownBy(
              () -> OneNode.of("Concat", 13).in(1, 2, 7).in(1, 3, 8).with("axis", 1).infer())
          .hasMessageContaining("input 1 (inputs): the size of axis 2 is 8, expected 7");
    }

    @Test
    void splitsByAttributeInputOrNumber() {
      assertThat(
              OneNode.of("Split", 11)
                  .in("N", 5)
                  .ints("split", 2, 3)
                  .with("axis", 1)
                  .outputs(2)
                  .infer())
          .containsExactly("FLOAT [N, 2]", "FLOAT [N, 3]");
      assertThat(OneNode.of("Split", 13).in("N", 6).vector(4, 2).with("axis", 1).outputs(2).infer())
          .containsExactly("FLOAT [N, 4]", "FLOAT [N, 2]");
      assertThat(
              OneNode.of("Split", 18)
                  .in("N", 7)
                  .with("axis", 1)
                  .with("num_outputs", 3)
                  .outputs(3)
                  .infer())
          .containsExactly("FLOAT [N, 3]", "FLOAT [N, 3]", "FLOAT [N, 1]");
    }

    @Test
    void movesBlocks() {
      assertThat(OneNode.of("DepthToSpace", 13).in("N", 12, 5, 6).with("blocksize", 2).infer())
          .containsExactly("FLOAT [N, 3, 10, 12]");
      assertThat(OneNode.of("SpaceToDepth", 13).in("N", 3, 10, 12).with("blocksize", 2).infer())
          .containsExactly("FLOAT [N, 12, 5, 6]");
    }
  }

  @Nested
  class Indexing {
    @Test
    void slicesByAttributeOrInput() {
      assertThat(
              OneNode.of("Slice", 9)
                  .in("N", 10)
                  .ints("axes", 1)
                  .ints("starts", 2)
                  .ints("ends", -1)
                  .infer())
          .containsExactly("FLOAT [N, 7]");
      assertThat(
              OneNode.of("Slice", 13)
                  .in("N", 10, 8)
                  .vector(9, 0)
                  .vector(Long.MIN_VALUE, Long.MAX_VALUE)
                  .vector(1, 0)
                  .vector(-3, 1)
                  .infer())
          .containsExactly("FLOAT [N, 4, 8]");
    }

    @Test
    void gathers() {
      assertThat(OneNode.of("Gather", 13).in(1000, 64).in(DataType.INT64, "N", 16).infer())
          .containsExactly("FLOAT [N, 16, 64]");
      assertThat(OneNode.of("GatherND", 13).in(2, 3, 4).in(DataType.INT64, 5, 2).infer())
          .containsExactly("FLOAT [5, 4]");
      assertThat(OneNode.of("GatherElements", 13).in(2, 3).in(DataType.INT64, 2, 1).infer())
          .containsExactly("FLOAT [2, 1]");
    }

    @Test
    void encodesOneHot() {
      assertThat(
              OneNode.of("OneHot", 11)
                  .in(DataType.INT64, "N")
                  .constant(Tensor.scalar(10L))
                  .constant(Tensor.ofFloats(Shape.of(2), 0, 1))
                  .infer())
          .containsExactly("FLOAT [N, 10]");
    }
  }

  @Nested
  class Resizing {
    @Test
    void scales() {
      assertThat(
              OneNode.of("Resize", 13)
                  .in("N", 3, 10, 15)
                  .absent()
                  .constant(Tensor.ofFloats(Shape.of(4), 1, 1, 2, 0.5f))
                  .infer())
          .containsExactly("FLOAT [N, 3, 20, 7]");
      assertThat(
              OneNode.of("Upsample", 9)
                  .in("N", 3, 10, 15)
                  .constant(Tensor.ofFloats(Shape.of(4), 1, 1, 2, 2))
                  .infer())
          .containsExactly("FLOAT [N, 3, 20, 30]");
    }

    @Test
    void takesSizesForSomeAxes() {
      assertThat(
              OneNode.of("Resize", 18)
                  .in("N", 3, 10, 20)
                  .absent()
                  .absent()
                  .vector(40, 40)
                  .ints("axes", 2, 3)
                  .with("keep_aspect_ratio_policy", "not_larger")
                  .infer())
          .containsExactly("FLOAT [N, 3, 20, 40]");
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
