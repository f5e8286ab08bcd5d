// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class GraphTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(13));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2)));

  private Value relu(Value input, String output) {
    return graph.append(NodeBuilder.of("Relu").inputs(input).output(output)).output(0);
  }

  @Nested
  class UseLists {
    @Test
    void holdEveryPlaceThatReadsAValue() {
      Node add = graph.append(NodeBuilder.of("Add").inputs(x, x).output("y"));
      assertThat(x.uses()).containsExactly(new Use(add, 0), new Use(add, 1));
      assertThat(x.hasSingleUse()).isFalse();
      Value other = graph.addConstant("c", Tensor.scalar(1f));
      add.setInput(1, other);
      assertThat(x.uses()).containsExactly(new Use(add, 0));
      assertThat(other.hasSingleUse()).isTrue();
    }

    @Test
    void followReplacement() {
      Value first = relu(x, "first");
      Node reader = graph.append(NodeBuilder.of("Neg").inputs(first).output("y"));
      graph.addOutput(first);
      graph.replaceUses(first, x);
      assertThat(first.useCount()).isZero();
      assertThat(reader.input(0)).isSameAs(x);
      assertThat(graph.outputs()).containsExactly(first);
      assertThat(first.isUnused()).isFalse();
    }

    @Test
    void holdReadersInNestedGraphs() {
      Value captured = relu(x, "captured");
      Node branching = branching(captured);
      Node inner = branching.nestedGraphs().getFirst().nodes().getFirst();
      assertThat(captured.uses()).containsExactly(new Use(inner, 0));
      graph.replaceUses(captured, x);
      assertThat(inner.input(0)).isSameAs(x);
    }

    @Test
    void forgetRemovedNodesAndWhatTheyNest() {
      Value captured = relu(x, "captured");
      Node branching = branching(captured);
      graph.remove(branching);
      assertThat(captured.isUnused()).isTrue();
      assertThat(branching.isRemoved()).isTrue();
      assertThat(graph.value("branched")).isEmpty();
    }

    @Test
    void forgetWhatIsPassedThroughTwoLevelsDown() {
      Value captured = relu(x, "captured");
      Value condition = graph.addInput("cond", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
      Graph outer = new Graph("outer", graph);
      Graph inner = new Graph("inner", outer);
      inner.addOutput(captured);
      outer.append(
          NodeBuilder.of("If")
              .unchecked()
              .inputs(condition)
              .attribute("then_branch", new AttributeValue.GraphValue(inner))
              .output("passed"));
      Node branching =
          graph.append(
              NodeBuilder.of("If")
                  .unchecked()
                  .inputs(condition)
                  .attribute("then_branch", new AttributeValue.GraphValue(outer))
                  .output("branched"));
      assertThat(captured.isGraphOutput()).isTrue();
      graph.remove(branching);
      assertThat(captured.isUnused()).isTrue();
      assertThat(condition.isUnused()).isTrue();
    }

    @Test
    void forgetTruncatedInputs() {
      Node clip = graph.append(NodeBuilder.of("Clip").inputs(x, Value.ABSENT, x).output("y"));
      clip.truncateInputs(1);
      assertThat(x.uses()).containsExactly(new Use(clip, 0));
      assertThat(clip.inputs()).containsExactly(x);
    }

    private Node branching(Value captured) {
      Value condition = graph.addInput("cond", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
      Graph body = new Graph("body", graph);
      body.addOutput(body.append(NodeBuilder.of("Neg").inputs(captured).output("inner")).output(0));
      return graph.append(
          NodeBuilder.of("If")
              .unchecked()
              .inputs(condition)
              .attribute("then_branch", new AttributeValue.GraphValue(body))
              .output("branched"));
    }
  }

  @Nested
  class Removal {
    @Test
    void isRefusedWhileAnOutputIsRead() {
      Value first = relu(x, "first");
      relu(first, "second");
      Node producer = first.producer().orElseThrow();
      assertThatThrownBy(() -> graph.remove(producer))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("cannot remove Relu 'first': output 'first' is still used");
    }

    @Test
    void isRefusedForGraphOutputs() {
      Value first = relu(x, "first");
      graph.addOutput(first);
      assertThatThrownBy(() -> graph.remove(first.producer().orElseThrow()))
          .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void isRefusedForInitializersInUse() {
      Value constant = graph.addInitializer("c", Tensor.scalar(1f));
      graph.append(NodeBuilder.of("Add").inputs(x, constant).output("y"));
      assertThatThrownBy(() -> graph.removeInitializer(constant))
          .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void freesTheName() {
      Node first = graph.append(NodeBuilder.of("Relu").inputs(x).output("y"));
      graph.remove(first);
      assertThat(relu(x, "y").name()).isEqualTo("y");
    }
  }

  @Nested
  class Adoption {
    @Test
    void keepsTheNameAndReadersOfTheValue() {
      Value convolved = relu(x, "inner");
      Node last = graph.append(NodeBuilder.of("Neg").inputs(convolved).output("y"));
      Value y = last.output(0);
      graph.addOutput(y);
      Node fused = graph.insertBefore(last, NodeBuilder.of("Abs").inputs(x).output("temporary"));
      graph.adoptOutput(fused, 0, y);
      assertThat(y.producer()).contains(fused);
      assertThat(fused.output(0)).isSameAs(y);
      assertThat(last.output(0)).isSameAs(Value.ABSENT);
      assertThat(graph.value("temporary")).isEmpty();
      graph.remove(last);
      graph.remove(convolved.producer().orElseThrow());
      GraphValidator.validate(new Model(graph, 8));
      assertThat(graph.outputs()).containsExactly(y);
    }

    @Test
    void isRefusedWhenTheFormerOutputIsRead() {
      Value first = relu(x, "first");
      Value second = relu(first, "second");
      assertThatThrownBy(() -> graph.adoptOutput(first.producer().orElseThrow(), 0, second))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("still used");
    }
  }

  @Nested
  class Names {
    @Test
    void mustBeNew() {
      relu(x, "y");
      assertThatThrownBy(() -> relu(x, "y"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("'y' is defined twice");
      assertThatThrownBy(() -> graph.addInput("", null)).isInstanceOf(ModelFormatException.class);
      assertThatThrownBy(
              () -> graph.append(NodeBuilder.of("Split").inputs(x).output("a").output("a")))
          .isInstanceOf(ModelFormatException.class);
      assertThat(graph.value("a")).isEmpty();
    }

    @Test
    void areNewToTheWholeTree() {
      Graph body = new Graph("body", graph);
      body.addInput("inner", null);
      assertThat(graph.uniqueName("inner")).isEqualTo("inner_1");
      assertThat(body.uniqueName("x")).isEqualTo("x_1");
      assertThat(graph.uniqueName("fresh")).isEqualTo("fresh");
    }

    @Test
    void resolveToTheNearestGraph() {
      Graph body = new Graph("body", graph);
      assertThat(body.resolve("x")).containsSame(x);
      Value shadow = body.addInput("x", null);
      assertThat(body.resolve("x")).containsSame(shadow);
      assertThat(body.resolve("nothing")).isEmpty();
    }

    @Test
    void changeInPlace() {
      Value y = relu(x, "y");
      relu(y, "z");
      graph.rename(y, "renamed");
      assertThat(graph.values()).extracting(Value::name).containsExactly("x", "renamed", "z");
      assertThat(graph.value("renamed")).containsSame(y);
      assertThatThrownBy(() -> graph.rename(y, "x")).isInstanceOf(ModelFormatException.class);
    }
  }

  @Nested
  class Inputs {
    @Test
    void mayHaveDefaults() {
      Value weights = graph.addInput("w", null);
      graph.addInitializer("w", Tensor.scalar(1f));
      assertThat(graph.requiredInputs()).containsExactly(x);
      assertThat(weights.constant()).isEmpty();
      graph.removeInput(weights);
      assertThat(weights.constant()).isPresent();
      assertThat(graph.value("w")).containsSame(weights);
    }

    @Test
    void stayWhileTheyAreRead() {
      relu(x, "y");
      assertThatThrownBy(() -> graph.removeInput(x)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Nested
  class Order {
    @Test
    void followsTheEdgesAndIsStableOtherwise() {
      Value early = relu(x, "early");
      Node last = graph.append(NodeBuilder.of("Add").inputs(early, x).output("last"));
      Node late = graph.append(NodeBuilder.of("Neg").inputs(x).output("late"));
      Node other = graph.append(NodeBuilder.of("Abs").inputs(x).output("other"));
      last.setInput(1, late.output(0));
      assertThat(graph.isTopologicallySorted()).isFalse();
      graph.sortTopologically();
      assertThat(graph.nodes()).containsExactly(early.producer().orElseThrow(), late, last, other);
    }

    @Test
    void countsWhatNestedGraphsCapture() {
      Value condition = graph.addInput("cond", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
      Graph body = new Graph("body", graph);
      Node branching =
          graph.append(
              NodeBuilder.of("If")
                  .unchecked()
                  .inputs(condition)
                  .attribute("then_branch", new AttributeValue.GraphValue(body))
                  .output("y"));
      Value captured = relu(x, "captured");
      body.append(NodeBuilder.of("Neg").inputs(captured).output("inner"));
      graph.sortTopologically();
      assertThat(graph.nodes().getLast()).isSameAs(branching);
    }

    @Test
    void refusesCycles() {
      Value first = relu(x, "first");
      Value second = relu(first, "second");
      first.producer().orElseThrow().setInput(0, second);
      assertThatThrownBy(graph::sortTopologically)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("graph 'net' has a cycle through or before Relu 'first'");
    }
  }
}
