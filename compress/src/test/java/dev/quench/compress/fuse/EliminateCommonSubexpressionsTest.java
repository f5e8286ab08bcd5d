// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.assertLeaves;
import static dev.quench.compress.Equivalence.assertRewrites;
import static dev.quench.compress.Equivalence.opTypes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EliminateCommonSubexpressionsTest {
  private final GraphMaker fixture = new GraphMaker();
  private final EliminateCommonSubexpressions pass = new EliminateCommonSubexpressions();
  private final Value x = fixture.input("x", 2, 3);

  @Test
  void computesEqualNodesOnce() {
    Value a = fixture.add("Relu", "a", x);
    Value b = fixture.add("Relu", "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertRewrites(pass, fixture, "Relu", "Add");
  }

  @Test
  void mergesWholeChains() {
    Value a = fixture.add("Neg", "na", fixture.add("Relu", "a", x));
    Value b = fixture.add("Neg", "nb", fixture.add("Relu", "b", x));
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertRewrites(pass, fixture, "Relu", "Neg", "Add");
  }

  @Test
  void keepsTheNameOfAGraphOutput() {
    Value a = fixture.add("Relu", "a", x);
    Value z = fixture.add("Neg", "z", a);
    Value b = fixture.add("Relu", "b", x);
    fixture.outputs(z, b, fixture.add("Neg", "w", b));

    assertRewrites(pass, fixture, "Relu", "Neg", "Neg");
  }

  @Test
  void comparesTensorAttributesByContent() {
    Value shape = fixture.constant("shape", Tensor.vector(3));
    Value a =
        fixture.add(
            NodeBuilder.of("ConstantOfShape")
                .attribute("value", AttributeValue.of(Tensor.ofLongs(Shape.of(1), 7))),
            "a",
            shape);
    Value b =
        fixture.add(
            NodeBuilder.of("ConstantOfShape")
                .attribute("value", AttributeValue.of(Tensor.vector(7))),
            "b",
            shape);
    fixture.outputs(fixture.add("Add", "y", a, b));
    fixture.graph().outputs().getFirst().setType(null);

    assertThat(pass.apply(fixture.model())).isTrue();
    assertThat(opTypes(fixture.model())).containsExactly("ConstantOfShape", "Add");
  }

  @Test
  void keepsNodesWithOtherAttributes() {
    Value a = fixture.add(NodeBuilder.of("LeakyRelu").attribute("alpha", 0.1f), "a", x);
    Value b = fixture.add(NodeBuilder.of("LeakyRelu").attribute("alpha", 0.2f), "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsRandomNodes() {
    Value a = fixture.add("RandomNormalLike", "a", x);
    Value b = fixture.add("RandomNormalLike", "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsForeignDomains() {
    Value a = fixture.add(NodeBuilder.of("Counter").domain("acme"), "a", x);
    Value b = fixture.add(NodeBuilder.of("Counter").domain("acme"), "b", x);
    fixture.outputs(fixture.add("Add", "y", a, b));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsTwoGraphOutputs() {
    fixture.outputs(fixture.add("Relu", "a", x), fixture.add("Relu", "b", x));

    assertLeaves(pass, fixture);
  }

  @Test
  void keepsSplitsIntoOtherNumbersOfParts() {
    GraphMaker old = new GraphMaker(13);
    Value wide = old.input("x", 12);
    Node halves =
        old.graph().append(NodeBuilder.of("Split").inputs(wide).output("h0").output("h1"));
    Node thirds =
        old.graph()
            .append(NodeBuilder.of("Split").inputs(wide).output("t0").output("t1").output("t2"));
    old.outputs(
        old.add(
            NodeBuilder.of("Concat").attribute("axis", 0),
            "y",
            halves.output(1),
            thirds.output(1),
            thirds.output(2)));

    assertLeaves(pass, old);
  }

  @Test
  void mergesSplitsIntoTheSameNumberOfParts() {
    GraphMaker old = new GraphMaker(13);
    Value wide = old.input("x", 12);
    Node a = old.graph().append(NodeBuilder.of("Split").inputs(wide).output("a0").output("a1"));
    Node b = old.graph().append(NodeBuilder.of("Split").inputs(wide).output("b0").output("b1"));
    old.outputs(old.add("Add", "y", a.output(1), b.output(1)));

    assertRewrites(pass, old, "Split", "Add");
  }

  @Test
  void keepsNormalizationsThatTrainApartFromOthers() {
    GraphMaker old = new GraphMaker(9);
    Value image = old.input("x", 1, 2, 3, 3);
    Value ones = old.positive("ones", 2);
    Node plain =
        old.graph()
            .append(
                NodeBuilder.of("BatchNormalization")
                    .inputs(image, ones, ones, ones, ones)
                    .output("plain"));
    Node training =
        old.graph()
            .append(
                NodeBuilder.of("BatchNormalization")
                    .inputs(image, ones, ones, ones, ones)
                    .output("trained")
                    .output("mean")
                    .output("variance"));
    old.outputs(old.add("Add", "y", plain.output(0), training.output(0)));

    assertLeaves(pass, old);
  }

  @Test
  void isLinearInNodesThatDifferInATensorAlone() {
    Value shape = fixture.constant("shape", Tensor.vector(3));
    for (int i = 0; i < 20_000; i++) {
      fixture.add(
          NodeBuilder.of("ConstantOfShape")
              .attribute("value", AttributeValue.of(Tensor.vector(i % 19_999))),
          "c" + i,
          shape);
    }
    fixture.graph().addOutput(fixture.graph().value("c7").orElseThrow());

    Duration taken = processorTime(() -> pass.apply(fixture.model()));

    assertThat(taken).isLessThan(Duration.ofSeconds(10));
    assertThat(fixture.graph().nodes()).hasSize(19_999);
  }

  /// Of the whole process, for other work on the machine says nothing of this one.
  private static Duration processorTime(Runnable work) {
    ProcessHandle.Info before = ProcessHandle.current().info();
    Duration start = before.totalCpuDuration().orElse(Duration.ZERO);
    work.run();
    return ProcessHandle.current().info().totalCpuDuration().orElse(start).minus(start);
  }
}
