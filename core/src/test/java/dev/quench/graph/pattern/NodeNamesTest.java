// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeNamesTest {
  private final GraphMaker maker = new GraphMaker();
  private final Value x = maker.input("x", 2);

  /// So a pattern that was written before still finds it.
  @Test
  void aNodeWithoutANameIsCalledAfterItsOutput() {
    Node nameless = maker.node(NodeBuilder.of("Relu").inputs(x).output("activated"));
    NodeSelection selected = NodeSelection.of(List.of("activated"));
    assertThat(selected.contains(nameless)).isTrue();
    NodeNames.makeDistinct(maker.graph());
    assertThat(nameless.name()).isEqualTo("activated");
    assertThat(selected.contains(nameless)).isTrue();
  }

  @Test
  void theFirstOfOneNameKeepsIt() {
    Node first = maker.node(NodeBuilder.of("Relu").name("a").inputs(x).output("y"));
    Node second = maker.node(NodeBuilder.of("Neg").name("a").inputs(x).output("z"));
    NodeNames.makeDistinct(maker.graph());
    assertThat(first.name()).isEqualTo("a");
    assertThat(second.name()).isEqualTo("a_1");
  }
}
