// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.subgraph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SubgraphTest {
  /// x → Relu a → Conv b → Add d with c; c = Sigmoid of a.
  private static Model model() {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", 1, 4, 6, 6);
    Value a = maker.add("Relu", "a", x);
    Value b = maker.add("Conv", "b", a, maker.weights("w", 4, 4, 1, 1));
    Value c = maker.add("Sigmoid", "c", a);
    maker.output(maker.add("Add", "d", b, c));
    return maker.model();
  }

  private static List<String> names(List<Value> values) {
    return values.stream().map(Value::name).toList();
  }

  private static List<String> types(Graph graph) {
    return graph.nodes().stream().map(Node::opType).toList();
  }

  @Test
  void keepsWhatLiesBetween() {
    Graph part = Subgraph.between(model(), List.of("a"), List.of("b")).graph();
    assertThat(types(part)).containsExactly("Conv");
    assertThat(names(part.inputs())).containsExactly("a");
    assertThat(names(part.outputs())).containsExactly("b");
    assertThat(names(part.initializers())).containsExactly("w");
    assertThat(part.inputs().getFirst().shape()).hasToString("Optional[[1, 4, 6, 6]]");
  }

  @Test
  void keepsTheModelsInputsThatTheOutputsNeedBesideTheGivenOnes() {
    Graph part = Subgraph.between(model(), List.of("b"), List.of("d")).graph();
    assertThat(names(part.inputs())).containsExactly("x", "b");
    assertThat(types(part)).containsExactly("Relu", "Sigmoid", "Add");
  }

  @Test
  void takesAllOutputsUnlessTold() {
    Graph part = Subgraph.between(model(), List.of("a"), List.of()).graph();
    assertThat(types(part)).containsExactly("Conv", "Sigmoid", "Add");
  }

  @Test
  void leavesTheModelAsItIs() {
    Model model = model();
    Subgraph.between(model, List.of("a"), List.of("b"));
    assertThat(types(model.graph())).containsExactly("Relu", "Conv", "Sigmoid", "Add");
    assertThat(names(model.graph().inputs())).containsExactly("x");
  }

  @Test
  void takesSingleNodes() {
    Model model = model();
    Node add = model.graph().value("d").orElseThrow().producer().orElseThrow();
    Node sigmoid = model.graph().value("c").orElseThrow().producer().orElseThrow();
    Graph part = Subgraph.of(model, Set.of(add, sigmoid)).graph();
    assertThat(types(part)).containsExactly("Sigmoid", "Add");
    assertThat(names(part.inputs())).containsExactlyInAnyOrder("a", "b");
    assertThat(names(part.outputs())).containsExactly("d");
  }

  @Test
  void refusesWhatIsUnknownConstantOrWithoutInfluence() {
    assertThatExceptionOfType(SubgraphException.class)
        .isThrownBy(() -> Subgraph.between(model(), List.of("q"), List.of()))
        .withMessageContaining("the model has no tensor 'q'");
    assertThatExceptionOfType(SubgraphException.class)
        .isThrownBy(() -> Subgraph.between(model(), List.of(), List.of("w")))
        .withMessageContaining("tensor 'w' is a constant");
    assertThatExceptionOfType(SubgraphException.class)
        .isThrownBy(() -> Subgraph.between(model(), List.of("c"), List.of("b")))
        .withMessageContaining("no output depends on tensor 'c'");
    assertThatExceptionOfType(SubgraphException.class)
        .isThrownBy(() -> Subgraph.between(model(), List.of("b"), List.of("b")))
        .withMessageContaining("'b' is input and output");
  }
}
