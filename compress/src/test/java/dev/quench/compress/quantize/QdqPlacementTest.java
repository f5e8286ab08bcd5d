// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.RealModels;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class QdqPlacementTest {
  private final GraphMaker fixture = new GraphMaker();

  private Set<String> tensors() {
    return QdqPlacement.tensors(fixture.model());
  }

  private Set<String> tensors(QdqOptions options) {
    return QdqPlacement.tensors(fixture.model(), options);
  }

  private Value input(long... sizes) {
    return fixture.input("x", sizes);
  }

  /// 3×3, same size, 32 channels out.
  private Value convolution(String name, Value x, long inputs) {
    return fixture.add(
        NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
        name,
        x,
        fixture.weights(name + ".w", 32, inputs, 3, 3));
  }

  @Nested
  class Layers {
    @Test
    void quantizeTheirInputAndNotTheirOutput() {
      Value first = fixture.add("Relu", "relu", convolution("first", input(1, 3, 8, 8), 3));
      fixture.outputs(convolution("second", first, 32));

      assertThat(tensors()).containsExactly("x", "relu");
    }

    @Test
    void ofAllFourKindsAreQuantized() {
      Value conv = convolution("conv", input(2, 32, 4, 4), 32);
      Value up =
          fixture.add(
              NodeBuilder.of("ConvTranspose").ints("strides", 2, 2),
              "up",
              conv,
              fixture.weights("up.w", 32, 16, 2, 2));
      Value flat = fixture.add("Flatten", "flat", up);
      Value gemm = fixture.add("Gemm", "gemm", flat, fixture.weights("gemm.w", 1024, 16));
      fixture.outputs(fixture.add("MatMul", "product", gemm, fixture.weights("m.w", 16, 16)));

      assertThat(tensors()).containsExactly("x", "conv", "flat", "gemm");
    }

    @Test
    void thatShareAnInputShareItsQuantizer() {
      Value x = input(1, 3, 8, 8);
      fixture.outputs(convolution("a", x, 3), convolution("b", x, 3));

      assertThat(tensors()).containsExactly("x");
    }

    @Test
    void withComputedWeightsStayFloat() {
      Value x = input(4, 32, 32);
      fixture.outputs(fixture.add("MatMul", "y", x, fixture.add("Relu", "relu", x)));

      assertThat(tensors()).isEmpty();
    }

    @Test
    void whoseWeightsACallerMayReplaceStayFloat() {
      Value x = input(1, 3, 8, 8);
      fixture.input("w", 32, 3, 3, 3);
      fixture.outputs(fixture.add("Conv", "y", x, fixture.weights("w", 32, 3, 3, 3)));

      assertThat(tensors()).isEmpty();
    }

    @Test
    void withWeightsThatAreNotNumbersStayFloat() {
      float[] values = new float[32 * 3];
      values[5] = Float.NaN;
      Value w = fixture.constant("w", Tensor.ofFloats(Shape.of(32, 3, 1, 1), values));
      fixture.outputs(fixture.add("Conv", "y", input(1, 3, 8, 8), w));

      assertThat(tensors()).isEmpty();
    }

    @Test
    void thatAreExcludedByNameOrPatternStayFloat() {
      Value x = input(1, 3, 8, 8);
      Value first = convolution("block/first", x, 3);
      fixture.outputs(convolution("block/second", first, 32));

      assertThat(
              tensors(
                  QdqOptions.DEFAULT.withExcludedNodes(NodeSelection.of(List.of("block/first")))))
          .containsExactly("block/first");
      assertThat(
              tensors(QdqOptions.DEFAULT.withExcludedNodes(NodeSelection.of(List.of("block/*")))))
          .isEmpty();
    }

    @Test
    void withFewChannelsOnBothSidesStayFloatUnlessAsked() {
      Value w = fixture.weights("w", 8, 3, 3, 3);
      fixture.outputs(fixture.add("Conv", "y", input(1, 3, 8, 8), w));

      assertThat(tensors()).isEmpty();
      assertThat(tensors(QdqOptions.DEFAULT.withSmallLayers(true))).containsExactly("x");
    }

    @Test
    void withOneInputChannelAreQuantizedWhenTheyHaveManyOutputs() {
      fixture.outputs(convolution("y", input(1, 1, 8, 8), 1));

      assertThat(tensors()).containsExactly("x");
    }

    @Test
    void byDepthStayFloatUnlessAsked() {
      Value x = input(1, 32, 8, 8);
      Value conv =
          fixture.add(
              NodeBuilder.of("Conv").attribute("group", 32).ints("pads", 1, 1, 1, 1),
              "conv",
              x,
              fixture.weights("conv.w", 32, 1, 3, 3));
      fixture.outputs(
          fixture.add(
              NodeBuilder.of("ConvTranspose").attribute("group", 32),
              "up",
              conv,
              fixture.weights("up.w", 32, 1, 2, 2)));

      assertThat(tensors()).isEmpty();
      assertThat(tensors(QdqOptions.DEFAULT.withDepthwise(true))).containsExactly("x", "conv");
    }

    @Test
    void withGroupsAreQuantizedWhenTheirKernelIsLargeEnough() {
      Value x = input(1, 32, 8, 8);
      Value wide =
          fixture.add(
              NodeBuilder.of("Conv").attribute("group", 4).ints("pads", 1, 1, 1, 1),
              "wide",
              x,
              fixture.weights("wide.w", 32, 8, 3, 3));
      fixture.outputs(
          fixture.add(
              NodeBuilder.of("Conv").attribute("group", 4),
              "narrow",
              wide,
              fixture.weights("narrow.w", 32, 8, 1, 1)));

      assertThat(tensors()).containsExactly("x");
    }

    @Test
    void withFewRowsOrColumnsStayFloat() {
      fixture.outputs(fixture.add("Gemm", "y", input(4, 32), fixture.weights("w", 32, 10)));

      assertThat(tensors()).isEmpty();
    }
  }

  @Nested
  class Normalizations {
    private Value normalized(Value x) {
      Value scale = fixture.positive("scale", 32);
      return fixture.add("LayerNormalization", "norm", x, scale, fixture.weights("shift", 32));
    }

    private Value patches(Value x) {
      Value rows =
          fixture.add("Reshape", "rows", x, fixture.constant("sizes", Tensor.vector(1, 32, 64)));
      return fixture.add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1), "patches", rows);
    }

    @Test
    void keepTheConvolutionThatTheyAloneReadFloat() {
      Value norm = normalized(patches(convolution("embed", input(1, 3, 8, 8), 3)));
      fixture.outputs(fixture.add("MatMul", "y", norm, fixture.weights("w", 32, 32)));

      assertThat(tensors()).containsExactly("norm");
      assertThat(leftFloat())
          .singleElement()
          .satisfies(left -> {
            assertThat(left.node()).isEqualTo("Conv 'embed'");
            assertThat(left.reason()).contains("layer normalization", "reformat");
          });
    }

    @Test
    void areRecognizedWrittenOut() {
      Value x = patches(convolution("embed", input(1, 3, 8, 8), 3));
      Value mean = fixture.add(NodeBuilder.of("ReduceMean").ints("axes", -1), "mean", x);
      fixture.outputs(fixture.add("Sub", "centred", x, mean));

      assertThat(tensors()).isEmpty();
    }

    @Test
    void areNotMeansAlone() {
      Value conv = convolution("last", input(1, 3, 8, 8), 3);
      fixture.outputs(fixture.add(NodeBuilder.of("ReduceMean").ints("axes", 2, 3), "mean", conv));

      assertThat(tensors()).containsExactly("x");
    }

    @Test
    void sharingTheirInputLeaveTheConvolutionInInt8() {
      Value conv = convolution("embed", input(1, 3, 8, 8), 3);
      fixture.outputs(normalized(patches(conv)), fixture.add("Relu", "r", conv));

      assertThat(tensors()).containsExactly("x");
      assertThat(leftFloat()).isEmpty();
    }
  }

  private List<QuantizationReport.LeftFloat> leftFloat() {
    return QdqPlacement.of(fixture.model(), QdqOptions.DEFAULT).leftFloat();
  }

  @Nested
  class Residuals {
    @Test
    void quantizeTheSkipAndNotTheBranch() {
      Value x = input(1, 32, 8, 8);
      Value relu = fixture.add("Relu", "relu", x);
      Value branch = convolution("b", fixture.add("Relu", "r", convolution("a", relu, 32)), 32);
      fixture.outputs(fixture.add("Add", "sum", branch, relu));

      assertThat(tensors()).containsExactly("relu", "r");
      assertThat(skipReaders()).containsExactly("relu");
      assertThat(QdqPlacement.of(fixture.model(), QdqOptions.DEFAULT).notes())
          .singleElement()
          .asString()
          .endsWith("Add 'sum' reads 'relu'");
    }

    @Test
    void quantizeASkipThatNoLayerReads() {
      Value x = input(1, 32, 8, 8);
      Value skip = fixture.add("Sigmoid", "skip", x);
      fixture.outputs(fixture.add("Add", "sum", skip, convolution("a", x, 32)));

      assertThat(tensors()).containsExactly("x", "skip");
      assertThat(tensors(QdqOptions.DEFAULT.withResiduals(false))).containsExactly("x");
    }

    @Test
    void takeTheShorterOfTwoBranchesForTheSkip() {
      Value x = fixture.add("Relu", "relu", input(1, 32, 8, 8));
      Value shortcut = convolution("shortcut", x, 32);
      Value branch = convolution("b", fixture.add("Relu", "r", convolution("a", x, 32)), 32);
      fixture.outputs(fixture.add("Add", "sum", branch, shortcut));

      assertThat(tensors()).containsExactly("relu", "shortcut", "r");
    }

    @Test
    void takeTheShorterBranchWhereverItStands() {
      Value x = fixture.add("Relu", "relu", input(1, 32, 8, 8));
      Value branch = convolution("b", fixture.add("Relu", "r", convolution("a", x, 32)), 32);
      Value shortcut = convolution("shortcut", x, 32);
      fixture.outputs(fixture.add("Add", "sum", shortcut, branch));

      assertThat(tensors()).containsExactly("relu", "r", "shortcut");
    }

    @Test
    void areNotSumsWithAConstantOrOfTwoShapes() {
      Value x = input(1, 32, 8, 8);
      Value biased =
          fixture.add("Add", "biased", convolution("a", x, 32), fixture.weights("c", 1, 32, 8, 8));
      Value gate = fixture.add("GlobalMaxPool", "gate", x);
      fixture.outputs(biased, fixture.add("Add", "broadcast", convolution("b", x, 32), gate));

      assertThat(tensors()).containsExactly("x");
    }

    private Set<String> skipReaders() {
      return QdqPlacement.of(fixture.model(), QdqOptions.DEFAULT).activations().entrySet().stream()
          .filter(entry -> entry.getValue().stream().anyMatch(use -> use.node().is("Add")))
          .map(entry -> entry.getKey().name())
          .collect(Collectors.toSet());
    }
  }

  @Nested
  class Pooling {
    @Test
    void isQuantizedBetweenTwoLayers() {
      Value relu = fixture.add("Relu", "relu", convolution("a", input(1, 3, 8, 8), 3));
      Value pool =
          fixture.add(NodeBuilder.of("AveragePool").ints("kernel_shape", 2, 2), "pool", relu);
      fixture.outputs(convolution("b", pool, 32));

      assertThat(tensors()).containsExactly("x", "relu", "pool");
      assertThat(tensors(QdqOptions.DEFAULT.withPooling(false))).containsExactly("x", "pool");
    }

    @Test
    void staysFloatAtTheEnd() {
      Value relu = fixture.add("Relu", "relu", convolution("a", input(1, 3, 8, 8), 3));
      fixture.outputs(fixture.add("GlobalAveragePool", "pool", relu));

      assertThat(tensors()).containsExactly("x");
    }

    @Test
    void staysFloatBeforeTheFirstLayer() {
      Value pool =
          fixture.add(
              NodeBuilder.of("AveragePool").ints("kernel_shape", 2, 2),
              "pool",
              fixture.add("Sigmoid", "s", input(1, 3, 8, 8)));
      fixture.outputs(convolution("a", pool, 3));

      assertThat(tensors()).containsExactly("pool");
    }

    @Test
    void byMaximumNeedsNoQuantizer() {
      Value conv = convolution("a", input(1, 3, 8, 8), 3);
      Value pool = fixture.add(NodeBuilder.of("MaxPool").ints("kernel_shape", 2, 2), "pool", conv);
      fixture.outputs(convolution("b", pool, 32));

      assertThat(tensors()).containsExactly("x", "pool");
    }
  }

  @Test
  void followsChainsOfAnyLength() {
    Value relu = fixture.add("Relu", "relu", convolution("a", input(1, 3, 8, 8), 3));
    Value end = fixture.add(NodeBuilder.of("AveragePool").ints("kernel_shape", 1, 1), "pool", relu);
    for (int i = 0; i < 20_000; i++) {
      end = fixture.add("Identity", "same" + i, end);
    }
    fixture.outputs(convolution("b", end, 32));

    assertThat(tensors()).containsExactly("x", "relu", "same19999");
  }

  @Test
  void listsNothingOfAQuantizedModel() {
    Value x = input(1, 3, 8, 8);
    Value scale = fixture.constant("s", Tensor.scalar(0.1f));
    Value q = fixture.add("QuantizeLinear", "q", x, scale);
    fixture.outputs(convolution("a", fixture.add("DequantizeLinear", "dq", q, scale), 3));

    assertThat(tensors()).isEmpty();
  }

  @Test
  void listsTheInputOfEachLayerOfNetworkInNetwork() throws IOException {
    Set<String> tensors = QdqPlacement.tensors(RealModels.networkInNetwork());

    assertThat(tensors).contains("image").doesNotContain("logits").hasSize(9);
  }
}
