// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import static dev.quench.export.dimension.FreedNetworks.ALL;
import static dev.quench.export.dimension.FreedNetworks.Network;
import static dev.quench.export.dimension.FreedNetworks.SMALL;
import static dev.quench.export.dimension.FreedNetworks.Size;
import static dev.quench.export.dimension.FreedNetworks.assertFreed;
import static dev.quench.export.dimension.FreedNetworks.assertRefused;
import static dev.quench.export.dimension.FreedNetworks.built;
import static dev.quench.export.dimension.FreedNetworks.input;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Graph;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.PpOcr;
import dev.quench.testing.Strokes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Each network is built as an exporter would that saw one size; freed, it must give at another
/// size what the network built at that size gives.
class FreeDimensionsTest {
  @Test
  void convolutionsNeedNothingRewritten() {
    DimensionReport report =
        assertFreed(
            ALL,
            (net, x, _) -> net.output(net.conv("y", x, 3, 4, 2)),
            new Size(1, 8, 8),
            new Size(3, 11, 20));
    assertThat(report.rewrites()).isEmpty();
  }

  @Test
  void aGridOfOneSizeIsRefusedByTheNodeThatReadsIt() {
    assertRefused(
        ModelFormatException.class,
        ALL,
        (net, x, _) ->
            net.output(net.node("position", "Add", x, net.made.weights("grid", 1, 3, 8, 8))),
        "Add 'position'");
  }

  @Test
  void onlyWhatIsThereCanBeFreed() {
    Model model = built((net, x, _) -> net.output(net.node("y", "Relu", x)), SMALL).model();
    Consumer<Map<String, Map<Integer, String>>> free =
        axes -> new FreeDimensions(axes).apply(model);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> free.accept(Map.of("z", Map.of(0, "N"))))
        .withMessageContaining("no input 'z'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> free.accept(Map.of("x", Map.of(4, "D"))))
        .withMessageContaining("no axis 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> free.accept(Map.of("x", Map.of(0, "S", 2, "S"))))
        .withMessageContaining("symbol S would stand for");
  }

  @Test
  void fixingWhatWasFreedGivesTheNetworkOfThatSize() {
    Network network =
        (net, x, s) -> {
          Value skip = net.conv("skip", x, 3, 4, 2);
          Value down = net.conv("down", skip, 4, 4, 2);
          Value up =
              net.resize("up", down, s.batch(), 4, (s.height() + 1) / 2, (s.width() + 1) / 2);
          Value sum = net.node("sum", "Add", up, skip);
          net.output(
              net.reshape(
                  "flat", sum, s.batch(), 4, ((s.height() + 1) / 2) * ((s.width() + 1) / 2)));
        };
    Model model = built(network, SMALL).model();
    ALL.apply(model);
    FixDimensions fix = new FixDimensions(Map.of("N", 2L, "H", 12L, "W", 10L));
    assertThat(fix.apply(model)).isTrue();
    assertThat(fix.apply(model)).isFalse();
    GraphValidator.validate(model);
    Size size = new Size(2, 12, 10);
    assertThat(model.graph().nodes()).hasSize(5).noneMatch(node -> node.is("Shape"));
    assertThat(model.graph().outputs().getFirst().shape()).contains(Shape.of(2, 4, 30));
    Map<String, Tensor> inputs = Map.of("x", input(size));
    Execution.assertSameBits(
        Execution.run(model, inputs), Execution.run(built(network, size).model(), inputs));
  }

  /// The trained networks have free dimensions; fixed and freed again they compute what they did.
  @ParameterizedTest
  @EnumSource(PpOcr.class)
  void trainedNetworksComeBack(PpOcr network) {
    Model original = OnnxReader.read(network.bytes(), network.name());
    ShapeInference.infer(original);
    Value x = original.graph().requiredInputs().getFirst();
    Map<Integer, String> free = new LinkedHashMap<>();
    Model model = original.copy();
    Shape named = x.shape().orElseThrow();
    for (int axis = 0; axis < named.rank(); axis++) {
      boolean collapsed =
          axis == 2 && (network == PpOcr.RECOGNITION_V3 || network == PpOcr.RECOGNITION_V4);
      if (collapsed) {
        // Recognition reads lines of one height.
        named = named.with(axis, network.shape().dim(axis));
      } else if (!(named.dim(axis) instanceof Dim.Fixed)) {
        free.put(axis, "axis" + axis);
        named = named.with(axis, Dim.of("axis" + axis));
      }
    }
    ShapeInference.withInputShapes(model, Map.of("x", named));
    Map<String, Long> sizes = new LinkedHashMap<>();
    free.forEach((axis, symbol) -> sizes.put(symbol, network.shape().size(axis)));
    assertThat(new FixDimensions(sizes).apply(model)).isTrue();
    assertThat(model.graph().requiredInputs().getFirst().shape()).contains(network.shape());
    Shape other = network.shape();
    for (int axis : free.keySet()) {
      other = other.with(axis, Dim.of(axis == 0 ? 2 : network.shape().size(axis) + 64));
    }
    Map<String, Tensor> inputs = Map.of("x", Strokes.image(other, 3));
    assertThat(new FreeDimensions(Map.of("x", free)).apply(model).changed()).isTrue();
    GraphValidator.validate(model);
    Execution.assertSameBits(Execution.run(model, inputs), Execution.run(original, inputs));
  }

  @Test
  void anInputWithoutNamesIsFixedByItsShape() {
    Graph graph = new Graph("nameless", OpsetImports.onnx(13));
    Value x =
        graph.addInput(
            "x", ValueType.tensor(DataType.FLOAT, Shape.of(Dim.UNKNOWN, Dim.of(3), Dim.UNKNOWN)));
    graph.addOutput(graph.append(NodeBuilder.of("Relu").inputs(x).output("y")).output(0));
    Model model = new Model(graph, 8);

    FixDimensions fix = new FixDimensions(Map.of(), Map.of("x", Shape.of(2, 3, 5)));

    assertThat(fix.apply(model)).isTrue();
    assertThat(graph.outputs().getFirst().shape()).contains(Shape.of(2, 3, 5));
    assertThat(fix.apply(model)).isFalse();
    assertThatThrownBy(
            () -> new FixDimensions(Map.of(), Map.of("x", Shape.of(2, 4, 5))).apply(model))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its fixed dimensions stay");
    assertThatThrownBy(() -> new FixDimensions(Map.of(), Map.of("z", Shape.of(1))).apply(model))
        .hasMessageContaining("the model has no input 'z'");
  }

  @Test
  void threeThousandReshapesAreFreedInLinearTime() {
    Graph graph = new Graph("chain", OpsetImports.onnx(13));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 8, 16)));
    for (int i = 0; i < 3_000; i++) {
      Value shape =
          graph.addConstant("s", i % 2 == 0 ? Tensor.vector(8, 16) : Tensor.vector(1, 8, 16));
      Value flat =
          graph.append(NodeBuilder.of("Reshape").inputs(x, shape).output("f" + i)).output(0);
      x = graph.append(NodeBuilder.of("Relu").inputs(flat).output("r" + i)).output(0);
    }
    graph.addOutput(x);

    List<DimensionReport.Rewrite> rewrites = new ArrayList<>();
    Duration taken =
        processorTime(
            () -> rewrites.addAll(FreeDimensions.batch("N").apply(new Model(graph, 8)).rewrites()));

    assertThat(taken).isLessThan(Duration.ofSeconds(20));
    assertThat(rewrites).hasSize(3_000);
  }

  /// Of the whole process, for other work on the machine says nothing of this one.
  private static Duration processorTime(Runnable work) {
    ProcessHandle.Info before = ProcessHandle.current().info();
    Duration start = before.totalCpuDuration().orElse(Duration.ZERO);
    work.run();
    return ProcessHandle.current().info().totalCpuDuration().orElse(start).minus(start);
  }

  @Test
  void twoThatMeetDoNotTakeEachOthersSize() {
    assertFreed(
        ALL,
        (net, x, size) -> {
          long[] twice = {size.batch(), 3, 2 * size.height(), 2 * size.width()};
          Value first = net.resize("first", x, twice);
          Value second = net.resize("second", net.node("relu", "Relu", x), twice);
          net.output(net.node("y", "Add", first, second));
        },
        new Size(2, 12, 16));
  }
}
