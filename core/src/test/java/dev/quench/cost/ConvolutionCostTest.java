// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConvolutionCostTest {
  private static ConvolutionSize size(long channels, long outputs, long group, long side, long k) {
    return new ConvolutionSize(
        1, channels, outputs, group, side, side, side, side, k, k, false, false, k > 1, 4);
  }

  private static ConvolutionCost cost(ConvolutionSize size) {
    return ConvolutionCost.of("c", size, Roofline.ASSUMED);
  }

  private static AlgorithmCost variant(ConvolutionCost cost, String variant) {
    return cost.costs().stream()
        .filter(each -> each.variant().equals(variant))
        .findFirst()
        .orElseThrow();
  }

  /// Lavin and Gray 2016, section 4: 16 instead of 36, 36 instead of 144.
  @Test
  void winogradTakesFewerProductsByThePublishedFactors() {
    ConvolutionCost cost = cost(size(64, 64, 1, 56, 3));
    double direct = cost.by(ConvolutionAlgorithm.DIRECT).products();

    assertThat(direct).isEqualTo(64.0 * 64 * 9 * 56 * 56);
    assertThat(direct / variant(cost, "F(2x2, 3x3)").products()).isCloseTo(2.25, within(1e-12));
    assertThat(direct / variant(cost, "F(4x4, 3x3)").products()).isCloseTo(4, within(1e-12));
  }

  @Test
  void patchesAreWrittenAndReadOnce() {
    AlgorithmCost gemm = cost(size(16, 32, 1, 10, 3)).by(ConvolutionAlgorithm.GEMM);
    long patches = 4L * 100 * 16 * 9;

    assertThat(gemm.workspaceBytes()).isEqualTo(patches);
    assertThat(gemm.bytesMoved()).isEqualTo(4L * (100 * 16 + 100 * 32 + 16 * 32 * 9) + 2 * patches);
  }

  @Test
  void aPointwiseConvolutionIsAMatrixProduct() {
    ConvolutionCost cost = cost(size(64, 64, 1, 28, 1));

    assertThat(cost.chosen().algorithm()).isEqualTo(ConvolutionAlgorithm.GEMM);
    assertThat(cost.chosen().workspaceBytes()).isZero();
    assertThat(cost.explain(Roofline.ASSUMED))
        .startsWith("im2col + GEMM: the input is the matrix already");
  }

  @Test
  void aPointwiseConvolutionThatMemoryBoundsIsOneToo() {
    assertThat(cost(size(192, 10, 1, 8, 1)).chosen().algorithm())
        .isEqualTo(ConvolutionAlgorithm.GEMM);
  }

  @Test
  void theNextIsAnotherAlgorithm() {
    assertThat(cost(size(256, 256, 1, 56, 3)).explain(Roofline.ASSUMED))
        .endsWith("of the next, im2col + GEMM");
  }

  @Test
  void aDepthwiseConvolutionIsComputedDirectly() {
    ConvolutionCost cost = cost(size(64, 64, 64, 28, 3));

    assertThat(cost.chosen().algorithm()).isEqualTo(ConvolutionAlgorithm.DIRECT);
    assertThat(cost.refused())
        .containsEntry(ConvolutionAlgorithm.WINOGRAD, "it has groups of channels");
  }

  @Test
  void manyChannelsOfThreeTimesThreeGoToWinograd() {
    assertThat(cost(size(256, 256, 1, 56, 3)).chosen().describe())
        .isEqualTo("Winograd F(4x4, 3x3)");
  }

  @Test
  void transformsPayForLargeKernelsOnly() {
    double small = ratio(cost(size(64, 64, 1, 56, 3)));
    double large = ratio(cost(size(64, 64, 1, 56, 11)));

    assertThat(small).isGreaterThan(1);
    assertThat(large).isLessThan(1);
  }

  private static double ratio(ConvolutionCost cost) {
    return cost.by(ConvolutionAlgorithm.FFT).seconds(Roofline.ASSUMED)
        / cost.by(ConvolutionAlgorithm.DIRECT).seconds(Roofline.ASSUMED);
  }

  @Test
  void readsTheSizesOfAModel() {
    Graph graph = new Graph("net", OpsetImports.onnx(13));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2, 3, 9, 9)));
    Value w = graph.addConstant("w", Tensor.ofFloats(Shape.of(4, 3, 3, 3), new float[108]));
    Value y =
        graph
            .append(
                NodeBuilder.of("Conv")
                    .name("strided")
                    .inputs(x, w)
                    .ints("strides", 2, 2)
                    .output("y"))
            .output(0);
    graph.addOutput(y);

    ConvolutionCost cost =
        ConvolutionCost.of(new Model(graph, 8), Map.of(), Roofline.ASSUMED).getFirst();

    assertThat(cost.node()).isEqualTo("strided");
    assertThat(cost.by(ConvolutionAlgorithm.DIRECT).products()).isEqualTo(2.0 * 16 * 4 * 27);
    assertThat(cost.refused())
        .containsEntry(ConvolutionAlgorithm.WINOGRAD, "it has a stride")
        .containsEntry(ConvolutionAlgorithm.FFT, "it has a stride");
  }
}
