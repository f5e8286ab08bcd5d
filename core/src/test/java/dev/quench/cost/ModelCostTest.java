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
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCostTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(13));

  private Value input(Dim... dims) {
    return graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(dims)));
  }

  private Value node(NodeBuilder builder) {
    return graph.append(builder.output(graph.uniqueName("v"))).output(0);
  }

  private Value zeros(long... sizes) {
    Shape shape = Shape.of(sizes);
    return graph.addConstant("w", Tensor.ofFloats(shape, new float[(int) shape.elements()]));
  }

  private ModelCost cost(Value output) {
    graph.addOutput(output);
    return ModelCost.of(new Model(graph, 8));
  }

  /// VGG-16 of Simonyan and Zisserman, configuration D; the weights lie in a file without content.
  @Test
  void countsVgg16(@TempDir Path folder) throws IOException {
    try (Arena arena = Arena.ofConfined();
        RandomAccessFile file = new RandomAccessFile(folder.resolve("zeros").toFile(), "rw")) {
      long largest = 4096L * 25_088 * 4;
      file.setLength(largest);
      MemorySegment memory =
          file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, largest, arena);
      Value value = input(Dim.of("N"), Dim.of(3), Dim.of(224), Dim.of(224));
      long channels = 3;
      for (int width :
          List.of(64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)) {
        if (width == 0) {
          value =
              node(
                  NodeBuilder.of("MaxPool")
                      .inputs(value)
                      .ints("kernel_shape", 2, 2)
                      .ints("strides", 2, 2));
          continue;
        }
        Value weights = mapped(memory, width, channels, 3, 3);
        value =
            node(
                NodeBuilder.of("Conv")
                    .inputs(value, weights, mapped(memory, width))
                    .ints("pads", 1, 1, 1, 1));
        value = node(NodeBuilder.of("Relu").inputs(value));
        channels = width;
      }
      value = node(NodeBuilder.of("Flatten").inputs(value));
      long features = 25_088;
      for (long width : new long[] {4096, 4096, 1000}) {
        value =
            node(
                NodeBuilder.of("Gemm")
                    .inputs(value, mapped(memory, width, features), mapped(memory, width))
                    .attribute("transB", 1));
        features = width;
      }
      ModelCost cost = cost(value);
      assertThat(macs(cost, "Conv")).isEqualTo(15_346_630_656L);
      assertThat(macs(cost, "Gemm")).isEqualTo(123_633_664L);
      assertThat(cost.macs()).isEqualTo(15_346_630_656L + 123_633_664L);
      assertThat(cost.parameters()).isEqualTo(138_357_544L);
      assertThat(cost.weightBytes()).isEqualTo(4 * 138_357_544L);
      assertThat(cost.ops()).containsEntry("Conv", 13).containsEntry("Gemm", 3);
      assertThat(cost.uncounted()).isEmpty();
      assertThat(cost.nodes()).isEqualTo(13 + 13 + 5 + 1 + 3);
    }
  }

  /// ResNet-18 of He et al. 2016, table 1, with projections where the size changes. MACs by hand:
  /// 118,013,952 of the stem, 462,422,016 + 3 x 411,041,792 of the stages, 512,000 of the last
  /// layer; 11,689,512 parameters, as is published for it.
  @Test
  void countsResNet18() {
    Value value = input(Dim.of("N"), Dim.of(3), Dim.of(224), Dim.of(224));
    value = node(NodeBuilder.of("Relu").inputs(normalizedConv(value, 3, 64, 7, 2)));
    value =
        node(
            NodeBuilder.of("MaxPool")
                .inputs(value)
                .ints("kernel_shape", 3, 3)
                .ints("strides", 2, 2)
                .ints("pads", 1, 1, 1, 1));
    int channels = 64;
    for (int width : List.of(64, 64, 128, 128, 256, 256, 512, 512)) {
      boolean narrows = width != channels;
      Value branch = normalizedConv(value, channels, width, 3, narrows ? 2 : 1);
      branch = node(NodeBuilder.of("Relu").inputs(branch));
      branch = normalizedConv(branch, width, width, 3, 1);
      Value skip = narrows ? normalizedConv(value, channels, width, 1, 2) : value;
      value = node(NodeBuilder.of("Add").inputs(branch, skip));
      value = node(NodeBuilder.of("Relu").inputs(value));
      channels = width;
    }
    value = node(NodeBuilder.of("GlobalAveragePool").inputs(value));
    value = node(NodeBuilder.of("Flatten").inputs(value));
    value =
        node(
            NodeBuilder.of("Gemm")
                .inputs(value, zeros(1000, 512), zeros(1000))
                .attribute("transB", 1));
    ModelCost cost = cost(value);
    assertThat(macs(cost, "Conv")).isEqualTo(118_013_952L + 462_422_016L + 3 * 411_041_792L);
    assertThat(macs(cost, "Gemm")).isEqualTo(512_000L);
    assertThat(cost.parameters()).isEqualTo(11_689_512L);
    assertThat(cost.ops()).containsEntry("Conv", 20).containsEntry("Add", 8);
  }

  private Value normalizedConv(Value value, int in, int out, int kernel, int stride) {
    int pad = kernel / 2;
    Value sums =
        node(
            NodeBuilder.of("Conv")
                .inputs(value, zeros(out, in, kernel, kernel))
                .ints("strides", stride, stride)
                .ints("pads", pad, pad, pad, pad));
    return node(
        NodeBuilder.of("BatchNormalization")
            .inputs(sums, zeros(out), zeros(out), zeros(out), zeros(out)));
  }

  private Value mapped(MemorySegment memory, long... sizes) {
    Shape shape = Shape.of(sizes);
    return graph.addConstant(
        "w", Tensor.of(DataType.FLOAT, shape, memory.asSlice(0, shape.elements() * 4)));
  }

  private static long macs(ModelCost cost, String opType) {
    return cost.nodeCosts().stream()
        .filter(node -> node.opType().equals(opType))
        .mapToLong(NodeCost::macs)
        .sum();
  }

  @Test
  void countsAResidualBlockByHand() {
    Value x = input(Dim.of(2), Dim.of(8), Dim.of(6), Dim.of(6));
    Value left =
        node(
            NodeBuilder.of("Conv")
                .inputs(x, zeros(8, 4, 3, 3))
                .attribute("group", 2)
                .ints("pads", 1, 1, 1, 1));
    Value normalized =
        node(
            NodeBuilder.of("BatchNormalization")
                .inputs(left, zeros(8), zeros(8), zeros(8), zeros(8)));
    Value sum = node(NodeBuilder.of("Add").inputs(normalized, x));
    Value pooled = node(NodeBuilder.of("GlobalAveragePool").inputs(sum));
    ModelCost cost = cost(pooled);
    long elements = 2 * 8 * 6 * 6;
    long macs = elements * 4 * 9;
    assertThat(cost.macs()).isEqualTo(macs);
    assertThat(cost.flops()).isEqualTo(2 * macs + 2 * elements + elements + elements);
    assertThat(cost.parameters()).isEqualTo(8 * 4 * 9 + 16);
    assertThat(cost.weightBytes()).isEqualTo(4 * (8 * 4 * 9 + 32));
    NodeCost conv = cost.nodeCosts().getFirst();
    assertThat(conv.bytesMoved()).isEqualTo(4 * (2 * elements + 8 * 4 * 9));
    assertThat(conv.arithmeticIntensity()).isCloseTo(2.0 * macs / conv.bytesMoved(), within(1e-12));
    assertThat(cost.bytesMoved())
        .isEqualTo(
            conv.bytesMoved() + 4 * (2 * elements + 32) + 4 * 3 * elements + 4 * (elements + 16));
  }

  @Test
  void countsTheBatchThatIsGiven() {
    Value x = input(Dim.of("N"), Dim.of(5));
    graph.addOutput(node(NodeBuilder.of("MatMul").inputs(x, zeros(5, 7))));
    Model model = new Model(graph, 8);
    assertThat(ModelCost.of(model).macs()).isEqualTo(35);
    assertThat(ModelCost.of(model, Map.of("x", Shape.of(6, 5))).macs()).isEqualTo(6 * 35);
    assertThat(x.shape()).contains(Shape.of(Dim.of("N"), Dim.of(5)));
  }

  @Test
  void countsTransposedConvolutionsByTheirInput() {
    Value x = input(Dim.of(1), Dim.of(4), Dim.of(5), Dim.of(5));
    Value y =
        node(NodeBuilder.of("ConvTranspose").inputs(x, zeros(4, 6, 2, 2)).ints("strides", 2, 2));
    assertThat(cost(y).macs()).isEqualTo(4 * 25 * 6 * 4);
  }

  @Test
  void countsRecurrentWeightsForEachStep() {
    Value x = input(Dim.of(10), Dim.of(3), Dim.of(4));
    Value y =
        node(
            NodeBuilder.of("LSTM")
                .inputs(x, zeros(1, 20, 4), zeros(1, 20, 5))
                .attribute("hidden_size", 5));
    assertThat(cost(y).macs()).isEqualTo(10 * 3 * 20 * (4 + 5));
  }

  @Test
  void countsSharedWeightsOnce() {
    Value x = input(Dim.of(1), Dim.of(5));
    Value w = zeros(5, 5);
    Value y = node(NodeBuilder.of("MatMul").inputs(node(NodeBuilder.of("MatMul").inputs(x, w)), w));
    ModelCost cost = cost(y);
    assertThat(cost.parameters()).isEqualTo(25);
    assertThat(cost.macs()).isEqualTo(50);
  }

  @Test
  void leavesScalesAndShapesOutOfTheParameters() {
    Value x = input(Dim.of(1), Dim.of(3));
    Value w = graph.addConstant("q", Tensor.ofInt8(Shape.of(3, 2), new byte[6]));
    Value scale = graph.addConstant("s", Tensor.scalar(0.5f));
    Value weights = node(NodeBuilder.of("DequantizeLinear").inputs(w, scale));
    Value y = node(NodeBuilder.of("MatMul").inputs(x, weights));
    Value shape = graph.addConstant("shape", Tensor.vector(2, 1));
    ModelCost cost = cost(node(NodeBuilder.of("Reshape").inputs(y, shape)));
    assertThat(cost.parameters()).isEqualTo(6);
    assertThat(cost.weightBytes()).isEqualTo(6 + 4 + 16);
  }

  @Test
  void namesWhatItCannotCount() {
    Value x = input(Dim.of(1), Dim.of("H"));
    Value odd = node(NodeBuilder.of("NoSuchOperator").name("odd").inputs(x));
    ModelCost cost = cost(node(NodeBuilder.of("Relu").name("after").inputs(odd)));
    assertThat(cost.uncounted()).containsExactly("NoSuchOperator 'odd'", "Relu 'after'");
    assertThat(cost.flops()).isZero();
  }

  @Test
  void tellsMemoryFromComputeBound() {
    Roofline roofline = new Roofline(1000, 100);
    NodeCost memory = new NodeCost("a", "Relu", 0, 50, 0, 0, 10, 1);
    NodeCost compute = new NodeCost("b", "Conv", 0, 500, 0, 0, 10, 1);
    assertThat(roofline.ridge()).isEqualTo(10);
    assertThat(roofline.bound(memory)).isEqualTo(Roofline.Bound.MEMORY);
    assertThat(roofline.bound(compute)).isEqualTo(Roofline.Bound.COMPUTE);
    assertThat(roofline.seconds(memory)).isEqualTo(0.1);
    assertThat(roofline.seconds(compute)).isEqualTo(0.5);
  }

  private Model stateAndInput() {
    Value x =
        graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(4))));
    Value state =
        graph.addInput(
            "state", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of(2), Dim.of("N"), Dim.of(4))));
    graph.addOutput(node(NodeBuilder.of("MatMul").inputs(state, zeros(4, 3))));
    graph.addOutput(node(NodeBuilder.of("MatMul").inputs(x, zeros(4, 5))));
    return new Model(graph, 8);
  }

  @Test
  void countsOneSampleWhereTheBatchIsAnotherAxis() {
    ModelCost cost = ModelCost.of(stateAndInput());

    assertThat(cost.uncounted()).isEmpty();
    assertThat(cost.macs()).isEqualTo(2 * 4 * 3 + 4 * 5);
  }

  @Test
  void oneShapeSettlesADimensionOfThatNameInOtherInputs() {
    ModelCost cost = ModelCost.of(stateAndInput(), Map.of("x", Shape.of(7, 4)));

    assertThat(cost.macs()).isEqualTo(7 * (2 * 4 * 3 + 4 * 5));
  }

  @Test
  void aFreeLengthBeforeTheBatchIsNotTakenForOneSample() {
    Value x = input(Dim.of("length"), Dim.of("batch"), Dim.of(4));

    ModelCost cost = cost(node(NodeBuilder.of("MatMul").inputs(x, zeros(4, 3))));

    assertThat(cost.uncounted()).hasSize(1);
  }
}
