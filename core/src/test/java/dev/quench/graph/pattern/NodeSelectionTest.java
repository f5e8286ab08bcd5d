// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeSelectionTest {
  private static Node node(String name) {
    GraphMaker made = new GraphMaker(17, 1);
    Value x = made.input("x", 2);
    return made.node(NodeBuilder.of("Relu").name(name).inputs(x).output("out"));
  }

  @ParameterizedTest
  @CsvSource({
    "/block.1/relu, /block.1/relu, true",
    "/block.1/relu, /blockx1/relu, false",
    "/block.*/relu, /block.7/inner/relu, true",
    "relu?, relu1, true",
    "relu?, relu, false",
    "relu, prelu, false",
    "glob:re*, relu, true",
    "regex:re.u\\d+, relu12, true",
    "regex:re.u, relu12, false",
    "onnx::Relu_12, onnx::Relu_12, true",
    "op:Relu, anything, true",
    "op:Conv, Conv, false",
    "a+b(c, a+b(c, true",
    "out, '', true",
  })
  void aPatternMatchesWholeNames(String pattern, String name, boolean matches) {
    assertThat(NodeSelection.of(List.of(pattern)).contains(node(name))).isEqualTo(matches);
  }

  @Test
  void exclusionWinsOverInclusion() {
    NodeSelection selection = NodeSelection.of(List.of("a*"), List.of("*b"));
    assertThat(selection.contains(node("ac"))).isTrue();
    assertThat(selection.contains(node("ab"))).isFalse();
    assertThat(selection.contains(node("c"))).isFalse();
  }

  @Test
  void withoutInclusionEverythingIsMeantButWhatIsExcluded() {
    NodeSelection selection = NodeSelection.of(List.of(), List.of("b"));
    assertThat(selection.contains(node("a"))).isTrue();
    assertThat(selection.contains(node("b"))).isFalse();
    assertThat(NodeSelection.ALL.contains(node("b"))).isTrue();
    assertThat(NodeSelection.NONE.contains(node("b"))).isFalse();
  }

  @Test
  void exactNamesMayHoldCharactersOfPatterns() {
    NodeSelection selection = NodeSelection.named(List.of("a*", "op:Relu", "b\\E?"));
    assertThat(selection.contains(node("a*"))).isTrue();
    assertThat(selection.contains(node("op:Relu"))).isTrue();
    assertThat(selection.contains(node("b\\E?"))).isTrue();
    assertThat(selection.contains(node("ab"))).isFalse();
  }

  @Test
  void aSelectionAndAnotherHoldTheNodesOfBoth() {
    NodeSelection both = NodeSelection.of(List.of("a")).and(NodeSelection.of(List.of("b", "a")));
    assertThat(both.contains(node("a"))).isTrue();
    assertThat(both.contains(node("b"))).isTrue();
    assertThat(both.contains(node("c"))).isFalse();
    assertThat(both).isEqualTo(NodeSelection.of(List.of("a", "b")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> both.and(NodeSelection.of(List.of("c"), List.of("d"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "regex:", "op:", "glob:", "regex:(a"})
  void whatIsNoPatternIsRefusedWithTheReason(String pattern) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NodeSelection.of(List.of(pattern)))
        .withMessageContaining("node pattern");
  }
}
