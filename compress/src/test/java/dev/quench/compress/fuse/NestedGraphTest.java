// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.graph.AttributeValue.GraphValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The branches of an `If` read values of the graph around it.
class NestedGraphTest {
  private final GraphMaker fixture = new GraphMaker();
  private final Value x = fixture.input("x", 1, 3, 5, 5);
  private final Value condition =
      fixture.graph().addInput("condition", ValueType.tensor(DataType.BOOL, Shape.SCALAR));

  /// A branch whose output `name` is `opType(captured…)`.
  private Graph branch(String name, String opType, Value... captured) {
    Graph graph = new Graph(name, fixture.graph());
    Node node =
        graph.append(
            NodeBuilder.of(opType)
                .name(name)
                .inputs(captured)
                .output(name, ValueType.unranked(DataType.FLOAT)));
    graph.addOutput(node.output(0));
    return graph;
  }

  private Value choose(Graph then, Graph otherwise) {
    return fixture.add(
        NodeBuilder.of("If")
            .attribute("then_branch", new GraphValue(then))
            .attribute("else_branch", new GraphValue(otherwise)),
        "y",
        condition);
  }

  private Map<String, Tensor> run(Model model, boolean taken) {
    return Equivalence.run(
        model,
        Map.of(
            "x", new GraphMaker(13, 9).normal(1, 3, 5, 5),
            "condition", Tensor.ofBooleans(Shape.SCALAR, taken)));
  }

  private void assertFusionKeepsTheOutputs() {
    Model model = fixture.model();
    Model before = model.copy();
    Fusion.standard(BACKEND).apply(model);
    for (boolean taken : new boolean[] {false, true}) {
      Equivalence.assertClose(run(before, taken), run(model, taken), Equivalence.TOLERANCE);
    }
  }

  @Test
  void keepsALayerThatABranchReads() {
    Value conv = fixture.add("Conv", "conv", x, fixture.weights("w", 3, 3, 3, 3));
    Value normalized = fixture.normalize("n", conv, 3);
    fixture.outputs(choose(branch("a", "Relu", conv), branch("b", "Neg", normalized)));

    assertThat(new FoldBatchNormalization().apply(fixture.model())).isFalse();
    assertFusionKeepsTheOutputs();
  }

  @Test
  void doesNotFoldAcrossTheBorderOfABranch() {
    Value conv = fixture.add("Conv", "conv", x, fixture.weights("w", 3, 3, 3, 3));
    Graph then = new Graph("then", fixture.graph());
    Node scaled =
        then.append(
            NodeBuilder.of("Mul")
                .inputs(conv, fixture.weights("c", 3, 1, 1))
                .output("a", ValueType.unranked(DataType.FLOAT)));
    then.addOutput(scaled.output(0));
    fixture.outputs(choose(then, branch("b", "Neg", x)));

    assertThat(new FoldScaleShift().apply(fixture.model())).isFalse();
    assertFusionKeepsTheOutputs();
  }

  @Test
  void movesReadersInBranchesPastAnIdentity() {
    Value relu = fixture.add("Relu", "relu", x);
    Value same = fixture.add("Identity", "same", relu);
    Graph then = branch("a", "Exp", same);
    fixture.outputs(choose(then, branch("b", "Neg", same)));

    assertThat(new EliminateIdentity().apply(fixture.model())).isTrue();

    assertThat(then.nodes().getFirst().input(0)).isSameAs(relu);
    assertFusionKeepsTheOutputs();
  }

  @Test
  void foldsInsideABranch() {
    Graph then = new Graph("then", fixture.graph());
    Node conv =
        then.append(
            NodeBuilder.of("Conv").inputs(x, fixture.weights("w", 3, 3, 3, 3)).output("conv"));
    Node scaled =
        then.append(
            NodeBuilder.of("Mul")
                .inputs(conv.output(0), fixture.weights("c", 3, 1, 1))
                .output("a", ValueType.unranked(DataType.FLOAT)));
    then.addOutput(scaled.output(0));
    fixture.outputs(choose(then, branch("b", "Neg", x)));

    assertFusionKeepsTheOutputs();
    assertThat(then.nodes()).extracting(Node::opType).containsExactly("Conv");
  }

  @Test
  void keepsWhatOnlyABranchReads() {
    Value relu = fixture.add("Relu", "relu", x);
    fixture.outputs(choose(branch("a", "Exp", relu), branch("b", "Neg", relu)));

    assertThat(new EliminateDeadNodes().apply(fixture.model())).isFalse();
  }

  @Test
  void removesAnIfWithAllThatOnlyItReads() {
    Value relu = fixture.add("Relu", "relu", x);
    choose(branch("a", "Exp", relu), branch("b", "Neg", relu));
    fixture.outputs(fixture.add("Neg", "z", x));

    assertThat(new EliminateDeadNodes().apply(fixture.model())).isTrue();

    assertThat(Equivalence.opTypes(fixture.model())).isEqualTo(List.of("Neg"));
  }
}
