// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class FusedRegionsTest {
  private static final long ELEMENTS = 8 * 6 * 6;

  private final Graph graph = new Graph("net", OpsetImports.onnx(13));
  private final Value x =
      graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 8, 6, 6)));

  private Value node(NodeBuilder builder) {
    return graph.append(builder.output(graph.uniqueName("v"))).output(0);
  }

  private Value node(String op, Value... inputs) {
    return node(NodeBuilder.of(op).inputs(inputs));
  }

  private Value conv(String name, Value input) {
    return node(
        NodeBuilder.of("Conv")
            .name(name)
            .inputs(input, zeros(8, 8, 3, 3))
            .ints("pads", 1, 1, 1, 1));
  }

  private Value normalized(Value input) {
    return node("BatchNormalization", input, zeros(8), zeros(8), zeros(8), zeros(8));
  }

  private Value zeros(long... sizes) {
    Shape shape = Shape.of(sizes);
    return graph.addConstant("w", Tensor.ofFloats(shape, new float[(int) shape.elements()]));
  }

  private ModelCost cost(Value output) {
    graph.addOutput(output);
    return ModelCost.of(new Model(graph, 8));
  }

  private static List<String> ops(ModelCost cost) {
    return cost.regions().stream().map(RegionCost::ops).toList();
  }

  @Test
  void aConvolutionTakesInWhatFollowsUpToTheActivation() {
    ModelCost cost = cost(node("Relu", normalized(conv("c", x))));

    RegionCost region = cost.regions().getFirst();
    assertThat(ops(cost)).containsExactly("Conv+BatchNormalization+Relu");
    assertThat(region.name()).isEqualTo("c");
    assertThat(region.bytesMoved()).isEqualTo(4 * (2 * ELEMENTS + 8 * 8 * 9 + 4 * 8));
    assertThat(region.flops()).isEqualTo(cost.flops());
    assertThat(region.parallelism()).isEqualTo(ELEMENTS);
    assertThat(cost.bytesMoved() - cost.fusedBytesMoved()).isEqualTo(4 * 4 * ELEMENTS);
  }

  @Test
  void aSumBelongsToTheLastLayerBeforeItAndAnActivationReadTwiceStays() {
    Value first = node("Relu", conv("a", x));
    Value sum = node("Add", conv("b", first), first);

    ModelCost cost = cost(node("Relu", sum));

    assertThat(ops(cost)).containsExactly("Conv+Relu", "Conv+Add+Relu");
    assertThat(cost.regions().getLast().bytesMoved()).isEqualTo(4 * (2 * ELEMENTS + 8 * 8 * 9));
  }

  @Test
  void branchesThatMeetAgainAreOneRegion() {
    Value y = conv("c", x);

    assertThat(ops(cost(node("Mul", y, node("Sigmoid", y))))).containsExactly("Conv+Sigmoid+Mul");
  }

  @Test
  void aGateOfOneElementForEachChannelIsNotPartOfItsProduct() {
    Value gate = node("Sigmoid", node("GlobalAveragePool", x));

    assertThat(ops(cost(node("Mul", x, gate))))
        .containsExactly("GlobalAveragePool", "Sigmoid", "Mul");
  }

  @Test
  void aQuantizedLayerReadsBytes() {
    Value scale = graph.addConstant("s", Tensor.scalar(0.5f));
    Value q = node("QuantizeLinear", x, scale);
    Value weights = graph.addConstant("q", Tensor.ofInt8(Shape.of(8, 8, 3, 3), new byte[576]));
    Value y =
        node(
            NodeBuilder.of("Conv")
                .inputs(
                    node("DequantizeLinear", q, scale), node("DequantizeLinear", weights, scale))
                .ints("pads", 1, 1, 1, 1));

    ModelCost cost = cost(node("QuantizeLinear", y, scale));

    assertThat(ops(cost))
        .containsExactly("QuantizeLinear", "DequantizeLinear+DequantizeLinear+Conv+QuantizeLinear");
    // QuantizeLinear without a zero point gives bytes.
    assertThat(cost.regions().getLast().bytesMoved()).isEqualTo(2 * ELEMENTS + 576 + 4);
  }

  @Test
  void anOutputOfTheGraphLeavesItsRegion() {
    Value y = conv("c", x);
    graph.addOutput(y);

    assertThat(ops(cost(node("Relu", y)))).containsExactly("Conv", "Relu");
  }

  @Test
  void theCriticalPathSkipsTheShorterBranch() {
    Value left = conv("b", conv("a", x));
    Value right = conv("c", x);

    ModelCost cost = cost(node(NodeBuilder.of("Concat").inputs(left, right).attribute("axis", 1)));

    long conv = 2 * ELEMENTS * 8 * 9;
    assertThat(cost.criticalPathFlops()).isEqualTo(2 * conv);
    assertThat(cost.graphParallelism()).isEqualTo(1.5);
  }

  @Test
  void everyNodeIsInOneRegion() {
    Value odd = node(NodeBuilder.of("NoSuchOperator").inputs(conv("a", x)));
    ModelCost cost = cost(node("Relu", node("Relu", odd)));

    assertThat(cost.regions().stream().mapToInt(region -> region.nodes().size()).sum())
        .isEqualTo(cost.nodes());
  }

  /// Took minutes while each node searched the whole region.
  @Test
  void aLongChainIsOneRegion() {
    Value end = conv("c", x);
    for (int i = 0; i < 20_000; i++) {
      end = node("Relu", end);
    }

    ModelCost cost = cost(end);

    assertThat(cost.regions()).hasSize(1);
    assertThat(cost.regions().getFirst().bytesMoved()).isEqualTo(4 * (2 * ELEMENTS + 8 * 8 * 9));
  }
}
