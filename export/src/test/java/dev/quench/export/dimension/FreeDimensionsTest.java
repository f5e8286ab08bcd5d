// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Graph;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.onnx.OnnxReader;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import dev.quench.testing.PpOcr;
import dev.quench.testing.Strokes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Each network is built as an exporter would that saw one size; freed, it must give at another
/// size what the network built at that size gives.
class FreeDimensionsTest {
  /// The sizes a network is built for.
  private record Size(long batch, long height, long width) {}

  private static final Size SMALL = new Size(1, 8, 8);
  private static final FreeDimensions ALL = FreeDimensions.batchAndImage("N", "H", "W");

  /// Builds a network with input `x [N, 3, H, W]`.
  @FunctionalInterface
  private interface Network {
    void build(Builder net, Value x, Size size);
  }

  /// Adds nodes by name; weights are the same at each size.
  private static final class Builder {
    private final GraphMaker made;

    private Builder(long opset) {
      made = new GraphMaker(opset, 5);
    }

    Value node(String name, String opType, Value... inputs) {
      return node(name, NodeBuilder.of(opType).inputs(inputs));
    }

    Value node(String name, NodeBuilder builder) {
      return made.node(builder.name(name).output(name)).output(0);
    }

    Value conv(String name, Value x, long from, long to, long stride) {
      Value w = made.weights(name + "_w", to, from, 3, 3);
      return node(
          name,
          NodeBuilder.of("Conv")
              .inputs(x, w)
              .ints("pads", 1, 1, 1, 1)
              .ints("strides", stride, stride));
    }

    Value longs(String name, long... values) {
      return made.constant(name, values);
    }

    Value reshape(String name, Value x, long... shape) {
      return node(name, "Reshape", x, longs(name + "_shape", shape));
    }

    Value resize(String name, Value x, long... sizes) {
      return node(
          name,
          NodeBuilder.of("Resize")
              .inputs(x, Value.ABSENT, Value.ABSENT, longs(name + "_sizes", sizes))
              .attribute("mode", "linear")
              .attribute("coordinate_transformation_mode", "half_pixel"));
    }

    void output(Value value) {
      made.output(value);
    }
  }

  private static GraphMaker built(Network network, Size size) {
    Builder builder = new Builder(17);
    // Weights come first, so that the random numbers do not depend on the size.
    Graph graph = builder.made.graph();
    Value x =
        graph.addInput(
            "x",
            ValueType.tensor(
                DataType.FLOAT, Shape.of(size.batch(), 3, size.height(), size.width())));
    network.build(builder, x, size);
    return builder.made;
  }

  private static Tensor input(Size size) {
    return GraphMaker.floats(
        new SplittableRandom(99), size.batch(), 3, size.height(), size.width());
  }

  private static DimensionReport assertFreed(FreeDimensions pass, Network network, Size... others) {
    Model model = built(network, SMALL).model();
    DimensionReport report = pass.apply(model);
    GraphValidator.validate(model);
    assertThat(report.changed()).isTrue();
    for (Size size : others) {
      Map<String, Tensor> inputs = Map.of("x", input(size));
      Execution.assertSameBits(
          Execution.run(model, inputs), Execution.run(built(network, size).model(), inputs));
    }
    assertThat(pass.apply(model).changed()).isFalse();
    return report;
  }

  private static void assertRefused(
      Class<? extends Exception> type, FreeDimensions pass, Network network, String... words) {
    Model model = built(network, SMALL).model();
    assertThatExceptionOfType(type)
        .isThrownBy(() -> pass.apply(model))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

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

  @Nested
  class Reshapes {
    @Test
    void flattenAfterGlobalPoolingKeepsTheBatch() {
      DimensionReport report =
          assertFreed(
              ALL,
              (net, x, size) -> {
                Value pooled = net.node("pool", "GlobalAveragePool", net.conv("c", x, 3, 4, 1));
                net.output(net.reshape("flat", pooled, size.batch(), 4));
              },
              new Size(2, 8, 12),
              new Size(5, 9, 9));
      assertThat(report.rewrites())
          .extracting(DimensionReport.Rewrite::toString)
          .containsExactly(
              "Reshape 'flat': reshapes to [0, 4] instead of [1, 4], since [1, 4, 1, 1] became [1, 4]");
    }

    @Test
    void whatFollowsItsInputAlreadyIsLeftAlone() {
      DimensionReport report =
          assertFreed(
              ALL, (net, x, _) -> net.output(net.reshape("flat", x, 0, 3, -1)), new Size(2, 8, 12));
      assertThat(report.rewrites()).isEmpty();
    }

    @Test
    void imageToTokensAndBack() {
      assertFreed(
          ALL,
          (net, x, s) -> {
            Value down = net.conv("c", x, 3, 4, 2);
            long h = (s.height() + 1) / 2;
            long w = (s.width() + 1) / 2;
            Value tokens = net.reshape("tokens", down, s.batch(), 4, h * w);
            Value turned =
                net.node(
                    "turned", NodeBuilder.of("Transpose").inputs(tokens).ints("perm", 0, 2, 1));
            Value scaled = net.node("relu", "Relu", turned);
            Value back =
                net.node("back", NodeBuilder.of("Transpose").inputs(scaled).ints("perm", 0, 2, 1));
            net.output(net.reshape("image", back, s.batch(), 4, h, w));
          },
          new Size(1, 16, 8),
          new Size(2, 10, 14),
          new Size(3, 7, 9));
    }

    @Test
    void headsOfAttention() {
      assertFreed(
          ALL,
          (net, x, s) -> {
            long t = s.height() * s.width();
            Value wide = net.conv("c", x, 3, 8, 1);
            Value split = net.reshape("split", wide, s.batch(), 2, 4, t);
            Value turned =
                net.node("t1", NodeBuilder.of("Transpose").inputs(split).ints("perm", 0, 1, 3, 2));
            Value folded = net.reshape("folded", turned, s.batch() * 2, t, 4);
            Value relu = net.node("relu", "Relu", folded);
            Value unfolded = net.reshape("unfolded", relu, s.batch(), 2, t, 4);
            net.output(unfolded);
          },
          new Size(1, 8, 8),
          new Size(2, 4, 6),
          new Size(3, 5, 7));
    }

    @Test
    void channelShuffle() {
      assertFreed(
          ALL,
          (net, x, s) -> {
            Value wide = net.conv("c", x, 3, 6, 1);
            Value groups = net.reshape("groups", wide, s.batch(), 2, 3, s.height(), s.width());
            Value turned =
                net.node(
                    "t", NodeBuilder.of("Transpose").inputs(groups).ints("perm", 0, 2, 1, 3, 4));
            net.output(net.reshape("shuffled", turned, s.batch(), 6, s.height(), s.width()));
          },
          new Size(2, 8, 8),
          new Size(1, 9, 13));
    }

    @Test
    void flattenBeforeADenseLayerCannotTakeAnotherHeight() {
      Network network =
          (net, x, s) -> {
            Value flat = net.reshape("flat", x, s.batch(), 3 * 64);
            Value w = net.made.weights("w", 3 * 64, 5);
            net.output(net.node("dense", "MatMul", flat, w));
          };
      assertRefused(ModelFormatException.class, ALL, network, "MatMul 'dense'", "other sizes");
      assertFreed(FreeDimensions.batch("N"), network, new Size(4, 8, 8));
    }

    @Test
    void aSplitThatNothingExplainsIsRefusedByName() {
      assertRefused(
          UnsupportedOperatorException.class,
          ALL,
          (net, x, s) -> net.output(net.reshape("blocks", x, s.batch(), 3, 4, 2, s.width())),
          "Reshape 'blocks'",
          "splits 8");
    }
  }

  @Nested
  class Resizes {
    @Test
    void toTheSizeOfASkipConnection() {
      DimensionReport report =
          assertFreed(
              ALL,
              (net, x, s) -> {
                Value skip = net.conv("skip", x, 3, 4, 2);
                Value down = net.conv("down", skip, 4, 4, 2);
                long h = (s.height() + 1) / 2;
                long w = (s.width() + 1) / 2;
                Value up = net.resize("up", down, s.batch(), 4, h, w);
                Value smooth = net.conv("smooth", up, 4, 4, 1);
                net.output(net.node("sum", "Add", smooth, skip));
              },
              new Size(1, 16, 8),
              new Size(2, 11, 13));
      assertThat(report.rewrites())
          .singleElement()
          .satisfies(rewrite -> assertThat(rewrite.evidence()).contains("has to fit 'skip'"));
    }

    @Test
    void toASkipConnectionThatIsConcatenated() {
      assertFreed(
          FreeDimensions.image("H", "W"),
          (net, x, s) -> {
            Value down = net.conv("down", x, 3, 4, 2);
            Value up = net.resize("up", down, 1, 4, s.height(), s.width());
            net.output(
                net.node("cat", NodeBuilder.of("Concat").inputs(up, x).attribute("axis", 1)));
          },
          new Size(1, 16, 10),
          new Size(1, 9, 7));
    }

    @Test
    void toTheSizeOfTheInput() {
      DimensionReport report =
          assertFreed(
              ALL,
              (net, x, s) -> {
                Value down = net.conv("down", x, 3, 2, 2);
                net.output(net.resize("mask", down, s.batch(), 2, s.height(), s.width()));
              },
              new Size(1, 16, 8),
              new Size(2, 13, 9));
      assertThat(report.rewrites().getFirst().evidence()).contains("the size of input 'x'");
    }

    @Test
    void byAWholeFactor() {
      DimensionReport report =
          assertFreed(
              ALL,
              (net, x, s) -> {
                Value down = net.conv("down", net.conv("d1", x, 3, 2, 2), 2, 2, 2);
                long h = (s.height() + 3) / 4;
                long w = (s.width() + 3) / 4;
                net.output(net.resize("up", down, s.batch(), 2, 2 * h, 2 * w));
              },
              new Size(1, 16, 8),
              new Size(2, 13, 9));
      assertThat(report.rewrites().getFirst().evidence()).contains("the whole factor 2");
    }

    @Test
    void toASizeFromNowhereIsRefusedByName() {
      assertRefused(
          UnsupportedOperatorException.class,
          ALL,
          (net, x, s) -> net.output(net.resize("odd", x, s.batch(), 3, 13, 13)),
          "Resize 'odd'",
          "its size 13 along axis 2, from 8");
    }
  }

  @Nested
  class Windows {
    @Test
    void poolingOverEverythingBecomesGlobal() {
      DimensionReport report =
          assertFreed(
              ALL,
              (net, x, s) ->
                  net.output(
                      net.node(
                          "pool",
                          NodeBuilder.of("MaxPool")
                              .inputs(x)
                              .ints("kernel_shape", s.height(), s.width()))),
              new Size(2, 12, 10));
      assertThat(report.rewrites().getFirst().toString())
          .isEqualTo(
              "MaxPool 'pool': pools over everything, since its kernel [8, 8] was as large as its input");
    }

    @Test
    void aSliceToTheEndStaysOne() {
      assertFreed(
          ALL,
          (net, x, s) ->
              net.output(
                  net.node(
                      "rows",
                      "Slice",
                      x,
                      net.longs("from", 1, 0),
                      net.longs("to", s.height(), Long.MAX_VALUE),
                      net.longs("axes", 2, 3),
                      net.longs("steps", 2, 1))),
          new Size(1, 12, 10),
          new Size(2, 9, 7));
    }

    @Test
    void aSliceToTheMiddleIsRefusedByName() {
      assertRefused(
          UnsupportedOperatorException.class,
          ALL,
          (net, x, _) ->
              net.output(
                  net.node(
                      "half",
                      "Slice",
                      x,
                      net.longs("from", 0),
                      net.longs("to", 4),
                      net.longs("axes", 2))),
          "Slice 'half'",
          "ends at 4 of 8 along axis 2");
    }

    @Test
    void aSplitIntoEqualPartsStaysEqual() {
      assertFreed(
          ALL,
          (net, x, s) -> {
            NodeBuilder split =
                NodeBuilder.of("Split")
                    .name("halves")
                    .inputs(x, net.longs("parts", s.height() / 2, s.height() / 2))
                    .attribute("axis", 2)
                    .output("top")
                    .output("bottom");
            Value top = net.made.node(split).output(0);
            net.output(top);
          },
          new Size(1, 12, 10));
    }

    @Test
    void aTokenIsExpandedToTheBatchThatItJoins() {
      assertFreed(
          ALL,
          (net, x, s) -> {
            long t = s.height() * s.width();
            Value tokens = net.reshape("tokens", x, s.batch(), 3, t);
            Value pooled =
                net.node(
                    "one",
                    NodeBuilder.of("ReduceMax")
                        .inputs(tokens)
                        .ints("axes", 0, 2)
                        .attribute("keepdims", 1));
            Value token = net.node("token", "Expand", pooled, net.longs("shape", s.batch(), 3, 1));
            net.output(
                net.node(
                    "cat", NodeBuilder.of("Concat").inputs(token, tokens).attribute("axis", 2)));
          },
          new Size(1, 12, 10),
          new Size(3, 5, 4));
    }
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
