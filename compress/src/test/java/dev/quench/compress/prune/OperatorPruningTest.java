// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.prune.select.Budget;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;

/// One operator between two convolutions at a time: what it couples, what stays of its attributes.
/// Every cut is held against the original with the same channels zero.
class OperatorPruningTest {
  private final GraphMaker graph = new GraphMaker(17);

  private Value conv(String name, Value x, int inputs, int outputs) {
    return graph.add(
        NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
        name,
        x,
        graph.weights(name + ".w", outputs, inputs, 3, 3),
        graph.weights(name + ".b", outputs));
  }

  private Value grouped(String name, Value x, int inputs, int outputs, int groups) {
    return graph.add(
        NodeBuilder.of("Conv").attribute("group", groups).ints("pads", 1, 1, 1, 1),
        name,
        x,
        graph.weights(name + ".w", outputs, inputs / groups, 3, 3),
        graph.weights(name + ".b", outputs));
  }

  private Value image() {
    return graph.input("x", 2, 3, 8, 8);
  }

  private PrunedModel half(Value output) {
    graph.outputs(output);
    return Pruning.of(graph.model()).ratio(Budget.CHANNELS, 0.5).checkOn(BACKEND).run();
  }

  private static Shape weights(PrunedModel pruned, String name) {
    return pruned.model().graph().value(name).flatMap(Value::shape).orElseThrow();
  }

  private static String group(PrunedModel pruned, String node) {
    return String.valueOf(
        pruned.model().graph().nodes().stream()
            .filter(each -> each.name().equals(node))
            .findFirst()
            .orElseThrow()
            .intAttribute("group", 1));
  }

  @Test
  void aResidualTiesItsSides() {
    Value a = conv("a", image(), 3, 8);
    Value b = conv("b", a, 8, 8);
    PrunedModel pruned = half(conv("out", graph.add("Add", "sum", a, b), 8, 5));

    assertThat(pruned.report().cut()).hasSize(1);
    assertThat(pruned.report().cut().getFirst().layers()).containsExactly("a", "b");
    assertThat(weights(pruned, "a.w")).isEqualTo(Shape.of(4, 3, 3, 3));
    assertThat(weights(pruned, "b.w")).isEqualTo(Shape.of(4, 4, 3, 3));
    assertThat(weights(pruned, "out.w")).isEqualTo(Shape.of(5, 4, 3, 3));
  }

  @Test
  void aConcatenationKeepsItsPartsApart() {
    Value x = image();
    Value a = conv("a", x, 3, 4);
    Value b = conv("b", x, 3, 12);
    Value joined = graph.add(NodeBuilder.of("Concat").attribute("axis", 1), "joined", a, b);
    PrunedModel pruned = half(conv("out", joined, 16, 5));

    assertThat(weights(pruned, "a.w").size(0)).isEqualTo(2);
    assertThat(weights(pruned, "b.w").size(0)).isEqualTo(6);
    assertThat(weights(pruned, "out.w").size(1)).isEqualTo(8);
  }

  @Test
  void partsOfASplitMayGetDifferentSizes() {
    Value a = conv("a", image(), 3, 12);
    var split =
        graph.node(
            NodeBuilder.of("Split")
                .name("split")
                .inputs(a)
                .attribute("axis", 1)
                .output("left")
                .output("right"));
    Value left = conv("l", split.output(0), 6, 5);
    Value right = conv("r", split.output(1), 6, 5);
    PrunedModel pruned = half(graph.add("Add", "sum", left, right));

    long first = weights(pruned, "l.w").size(1);
    long second = weights(pruned, "r.w").size(1);
    assertThat(first + second).isEqualTo(weights(pruned, "a.w").size(0)).isEqualTo(6);
    assertThat(
            pruned.model().graph().nodes().stream()
                .filter(node -> node.is("Split"))
                .findFirst()
                .orElseThrow()
                .input(1)
                .constant()
                .orElseThrow()
                .toLongs())
        .containsExactly(first, second);
  }

  @Test
  void aDepthwiseConvolutionGoesWithItsInput() {
    Value a = conv("a", image(), 3, 8);
    PrunedModel pruned = half(conv("out", grouped("d", a, 8, 16, 8), 16, 5));

    assertThat(group(pruned, "d")).isEqualTo("4");
    assertThat(weights(pruned, "d.w")).isEqualTo(Shape.of(8, 1, 3, 3));
    assertThat(weights(pruned, "out.w").size(1)).isEqualTo(8);
  }

  @Test
  void groupsKeepOneSizeAndTheirNumber() {
    Value a = conv("a", image(), 3, 8);
    PrunedModel pruned = half(conv("out", grouped("g", a, 8, 12, 2), 12, 5));

    assertThat(group(pruned, "g")).isEqualTo("2");
    assertThat(weights(pruned, "g.w")).isEqualTo(Shape.of(6, 2, 3, 3));
  }

  @Test
  void aTransposedConvolutionCountsItsChannelsTheOtherWay() {
    Value a = conv("a", image(), 3, 8);
    Value up =
        graph.add(
            NodeBuilder.of("ConvTranspose").attribute("group", 2).ints("strides", 2, 2),
            "up",
            a,
            graph.weights("up.w", 8, 6, 2, 2),
            graph.weights("up.b", 12));
    PrunedModel pruned = half(conv("out", up, 12, 5));

    assertThat(weights(pruned, "up.w")).isEqualTo(Shape.of(4, 3, 2, 2));
    assertThat(weights(pruned, "up.b")).isEqualTo(Shape.of(6));
  }

  @Test
  void aChannelShuffleTiesWhatItsGroupsInterleave() {
    Value a = grouped("a", conv("first", image(), 3, 4), 4, 8, 2);
    Value split = graph.add("Reshape", "split", a, graph.constant("s1", 0, 2, 4, 8, 8));
    Value swapped =
        graph.add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1, 3, 4), "swapped", split);
    Value shuffled = graph.add("Reshape", "shuffled", swapped, graph.constant("s2", 0, 8, 8, 8));
    PrunedModel pruned = half(grouped("out", shuffled, 8, 6, 2));

    assertThat(weights(pruned, "a.w")).isEqualTo(Shape.of(4, 1, 3, 3));
    assertThat(weights(pruned, "out.w")).isEqualTo(Shape.of(6, 2, 3, 3));
  }

  @Test
  void aFlattenedChannelTakesItsPixelsAlong() {
    Value a = conv("a", image(), 3, 8);
    Value flat = graph.add("Flatten", "flat", a);
    PrunedModel pruned = half(graph.add("Gemm", "out", flat, graph.weights("fc.w", 8 * 64, 5)));

    assertThat(weights(pruned, "fc.w")).isEqualTo(Shape.of(4 * 64, 5));
  }

  @Test
  void aGateGoesWithWhatItGates() {
    Value a = conv("a", image(), 3, 8);
    Value mean = graph.add("GlobalAveragePool", "mean", a);
    Value squeezed = graph.add("Conv", "squeeze", mean, graph.weights("squeeze.w", 4, 8, 1, 1));
    Value excited =
        graph.add(
            "Conv",
            "excite",
            graph.add("Relu", "relu", squeezed),
            graph.weights("excite.w", 8, 4, 1, 1));
    Value gate = graph.add("Sigmoid", "gate", excited);
    PrunedModel pruned = half(conv("out", graph.add("Mul", "gated", a, gate), 8, 5));

    assertThat(weights(pruned, "excite.w")).isEqualTo(Shape.of(4, 2, 1, 1));
    assertThat(weights(pruned, "squeeze.w")).isEqualTo(Shape.of(2, 4, 1, 1));
  }

  @Test
  void slicesAndPicksAreCountedAnew() {
    Value a = conv("a", image(), 3, 12);
    Value slice =
        graph.add(
            "Slice",
            "slice",
            a,
            graph.constant("starts", 2),
            graph.constant("ends", -2),
            graph.constant("axes", 1));
    Value picked =
        graph.add(
            NodeBuilder.of("Gather").attribute("axis", 1),
            "picked",
            slice,
            graph.constant("indices", 7, 0, 3, -2, 5));
    PrunedModel pruned = half(conv("out", picked, 5, 5));

    assertThat(weights(pruned, "a.w").size(0)).isEqualTo(6);
  }

  @Test
  void channelsGoWithTheirPixelsFromDepthToSpace() {
    Value a = conv("a", image(), 3, 16);
    Value wide = graph.add(NodeBuilder.of("DepthToSpace").attribute("blocksize", 2), "wide", a);
    PrunedModel pruned = half(conv("out", wide, 4, 5));

    assertThat(weights(pruned, "a.w").size(0)).isEqualTo(8);
    assertThat(weights(pruned, "out.w").size(1)).isEqualTo(2);
  }

  @Test
  void attentionLosesWholeHeads() {
    Value x = graph.input("x", 2, 6, 10);
    Value q = heads("q", x);
    Value k = heads("k", x);
    Value v = heads("v", x);
    Value turned = graph.add(NodeBuilder.of("Transpose").ints("perm", 0, 1, 3, 2), "turned", k);
    Value scores = graph.add("MatMul", "scores", q, turned);
    Value weights = graph.add(NodeBuilder.of("Softmax").attribute("axis", -1), "weights", scores);
    Value mixed = graph.add("MatMul", "mixed", weights, v);
    Value back = graph.add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1, 3), "back", mixed);
    Value joined = graph.add("Reshape", "joined", back, graph.constant("s", 0, 0, 12));
    PrunedModel pruned = half(graph.add("MatMul", "out", joined, graph.weights("out.w", 12, 10)));

    assertThat(pruned.report().cut().getFirst().layers()).containsExactly("q", "k", "v");
    assertThat(weights(pruned, "q.w")).isEqualTo(Shape.of(10, 6));
    assertThat(weights(pruned, "out.w")).isEqualTo(Shape.of(6, 10));
  }

  private Value heads(String name, Value x) {
    Value y = graph.add("MatMul", name, x, graph.weights(name + ".w", 10, 12));
    Value split = graph.add("Reshape", name + ".split", y, graph.constant(name + ".s", 0, 0, 4, 3));
    return graph.add(NodeBuilder.of("Transpose").ints("perm", 0, 2, 1, 3), name + ".heads", split);
  }

  @Test
  void oneConstantOfTwoLayersIsCutOnce() {
    Value x = image();
    Value shared = graph.weights("shared.w", 8, 8, 3, 3);
    Value a = conv("a", x, 3, 8);
    NodeBuilder same = NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1);
    Value b = graph.add(same, "b", a, shared);
    Value c = graph.add(NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1), "c", b, shared);
    PrunedModel pruned = half(conv("out", c, 8, 5));

    assertThat(weights(pruned, "shared.w")).isEqualTo(Shape.of(4, 4, 3, 3));
  }

  @Test
  void quantizedWeightsLoseTheirScales() {
    Value a = conv("a", image(), 3, 8);
    Value quantized =
        graph.constant("q", GraphMaker.bytes(DataType.INT8, Shape.of(8, 8, 1, 1), cycle(64)));
    Value scales = graph.positive("scales", 8);
    Value w =
        graph.add(NodeBuilder.of("DequantizeLinear").attribute("axis", 0), "w", quantized, scales);
    PrunedModel pruned = half(conv("out", graph.add("Conv", "b", a, w), 8, 5));

    assertThat(weights(pruned, "q")).isEqualTo(Shape.of(4, 4, 1, 1));
    assertThat(weights(pruned, "scales")).isEqualTo(Shape.of(4));
  }

  private static int[] cycle(int count) {
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = i * 37 % 255 - 127;
    }
    return values;
  }

  @Test
  void signsStaySigns() {
    Value a = conv("a", image(), 3, 8);
    Value zero = graph.constant("zero", Tensor.scalar(0f));
    Value above = graph.add("GreaterOrEqual", "above", a, zero);
    Value sign =
        graph.add(
            "Where",
            "sign",
            above,
            graph.constant("one", Tensor.scalar(1f)),
            graph.constant("minus", Tensor.scalar(-1f)));
    PrunedModel pruned = half(conv("out", sign, 8, 5));

    assertThat(weights(pruned, "out.w").size(1)).isEqualTo(4);
  }

  @Test
  void anUnknownOperatorKeepsWhatItTouchesAndIsNamed() {
    Value a = conv("a", image(), 3, 8);
    Value norm = graph.add(NodeBuilder.of("LpNormalization").attribute("axis", 1), "norm", a);
    Value b = conv("b", norm, 8, 8);
    PrunedModel pruned = half(conv("out", b, 8, 5));

    assertThat(weights(pruned, "a.w").size(0)).isEqualTo(8);
    assertThat(pruned.report().refused())
        .anySatisfy(group -> {
          assertThat(group.layers()).containsExactly("a");
          assertThat(group.reason()).contains("LpNormalization 'norm' computes over it");
        });
  }

  @Test
  void smallGroupsStayWholeWhereTheyCannotBeAligned() {
    Value a = conv("a", image(), 3, 6);
    Value b = conv("b", a, 6, 32);
    graph.outputs(conv("out", b, 32, 5));
    PruningReport report = Pruning.of(graph.model()).ratio(0.4).align(8).run().report();

    assertThat(report.refused().stream().map(each -> List.of(each.layers(), each.reason())))
        .anySatisfy(each -> assertThat(each.toString()).contains("[a]", "multiple of 8"));
    assertThat(report.cut()).allSatisfy(group -> assertThat(group.kept() % 8).isZero());
  }

  @Test
  void aTransposedConstantIsCutWhereItIsKept() {
    Value x = graph.input("x", 2, 6);
    NodeBuilder turn = NodeBuilder.of("Transpose").ints("perm", 1, 0);
    Value first = graph.add(turn, "turned", graph.weights("w", 8, 6));
    Value hidden = graph.add("Relu", "hidden", graph.add("MatMul", "a", x, first));
    PrunedModel pruned = half(graph.add("MatMul", "out", hidden, graph.weights("out.w", 8, 5)));

    assertThat(weights(pruned, "w")).isEqualTo(Shape.of(4, 6));
    assertThat(weights(pruned, "out.w")).isEqualTo(Shape.of(4, 5));
  }

  @Test
  void leavesNoConstantBehindThatNothingReads() {
    Value a = conv("a", image(), 3, 12);
    Value picked =
        graph.add(
            NodeBuilder.of("Gather").attribute("axis", 1),
            "picked",
            a,
            graph.constant("indices", 3, 2, 1, 0, 11, 7));
    PrunedModel pruned = half(conv("out", picked, 6, 5));

    assertThat(pruned.model().graph().initializers()).noneMatch(Value::isUnused);
  }

  @Test
  void anOperatorOfAnotherDomainKeepsItsChannels() {
    Value a = conv("a", image(), 3, 8);
    Value odd = graph.add(NodeBuilder.of("Blend").domain("com.example").unchecked(), "odd", a);
    odd.setType(ValueType.tensor(DataType.FLOAT, Shape.of(2, 8, 8, 8)));
    Value b = conv("b", odd, 8, 8);
    graph.outputs(conv("out", b, 8, 5));
    PrunedModel pruned = Pruning.of(graph.model()).ratio(Budget.CHANNELS, 0.5).run();

    assertThat(weights(pruned, "a.w").size(0)).isEqualTo(8);
    assertThat(weights(pruned, "b.w").size(0)).isEqualTo(4);
    // Behind the operator all shapes are still known, so that costs are counted.
    assertThat(pruned.report().after().macs()).isEqualTo(2 * 64 * 9 * (3 * 8 + 8 * 4 + 4 * 5));
    assertThat(pruned.report().refused())
        .anySatisfy(group ->
            assertThat(group.reason())
                .isEqualTo("com.example.Blend 'odd' is an operator that pruning does not know"));
    assertThat(pruned.report().notes())
        .anySatisfy(note -> assertThat(note).contains("com.example.Blend 'odd'"));
  }
}
