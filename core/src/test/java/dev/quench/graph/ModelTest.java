// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.AttributeValue.GraphValue;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.SparseTensor;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ModelTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(13));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2)));
  private final Model model = new Model(graph, 8);

  private Node append(String opType, String output, Value... inputs) {
    return graph.append(NodeBuilder.of(opType).inputs(inputs).output(output));
  }

  @Nested
  class Copy {
    @Test
    void holdsEverythingTheModelHolds() {
      Value dense = graph.addInitializer("w", Tensor.scalar(2f));
      graph.addSparseInitializer(
          "s", new SparseTensor(Tensor.ofFloats(Shape.of(1), 5), Tensor.vector(0), Shape.of(2)));
      Node node = append("Add", "y", x, dense);
      node.setName("sum");
      node.setDocString("adds");
      node.metadata().put("k", "v");
      dense.quantizationAnnotation().put("SCALE_TENSOR", "w");
      graph.metadata().put("gk", "gv");
      graph.addOutput(node.output(0));
      model.setProducer("someone", "1");
      model.setIdentity("domain", 3);
      model.metadata().put("mk", "mv");
      model
          .functions()
          .add(
              new Function(
                  "local",
                  "F",
                  "",
                  new Graph("F", OpsetImports.onnx(13)),
                  List.of("a"),
                  Map.of(),
                  Map.of()));

      Model copy = model.copy();

      Graph copied = copy.graph();
      assertThat(copied.nodes()).hasToString(graph.nodes().toString());
      assertThat(copied.value("w").orElseThrow().initializer()).isEqualTo(dense.initializer());
      assertThat(copied.value("w").orElseThrow().quantizationAnnotation())
          .containsEntry("SCALE_TENSOR", "w");
      assertThat(copied.value("s").orElseThrow().sparseInitializer()).isPresent();
      Node copiedNode = copied.nodes().getFirst();
      assertThat(copiedNode.name()).isEqualTo("sum");
      assertThat(copiedNode.docString()).isEqualTo("adds");
      assertThat(copiedNode.metadata()).containsEntry("k", "v");
      assertThat(copied.metadata()).containsEntry("gk", "gv");
      assertThat(copied.outputs()).extracting(Value::name).containsExactly("y");
      assertThat(copy.producerName()).isEqualTo("someone");
      assertThat(copy.modelVersion()).isEqualTo(3);
      assertThat(copy.metadata()).containsEntry("mk", "mv");
      assertThat(copy.functions()).hasSize(1);
      GraphValidator.validate(copy);
      assertThat(ModelDigest.of(copy)).isEqualTo(ModelDigest.of(model));
    }

    @Test
    void isIndependent() {
      graph.addOutput(append("Relu", "y", x).output(0));
      Model copy = model.copy();
      copy.graph().nodes().getFirst().setAttribute("a", AttributeValue.of(1));
      copy.graph()
          .append(NodeBuilder.of("Neg").inputs(copy.graph().inputs().getFirst()).output("z"));
      copy.graph().inputs().getFirst().setType(null);
      assertThat(graph.nodes()).hasSize(1);
      assertThat(graph.nodes().getFirst().attributes()).isEmpty();
      assertThat(x.useCount()).isEqualTo(1);
      assertThat(x.type()).isPresent();
    }

    @Test
    void rebindsWhatNestedGraphsCapture() {
      Value condition = graph.addInput("c", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
      Graph body = new Graph("body", graph);
      body.append(NodeBuilder.of("Neg").inputs(x).output("inner"));
      body.addOutput(x);
      graph.append(
          NodeBuilder.of("If")
              .unchecked()
              .inputs(condition)
              .attribute("then_branch", new GraphValue(body))
              .output("y"));
      Graph copy = model.copy().graph();
      Graph copiedBody = copy.nodes().getFirst().nestedGraphs().getFirst();
      assertThat(copiedBody.parent()).containsSame(copy);
      assertThat(copiedBody.nodes().getFirst().input(0)).isSameAs(copy.inputs().getFirst());
      assertThat(copiedBody.outputs()).containsExactly(copy.inputs().getFirst());
      assertThat(x.useCount()).isEqualTo(1);
    }

    @Test
    void takesNodesInAnyOrder() {
      Node first = append("Relu", "y", x);
      Node second = append("Neg", "z", x);
      first.setInput(0, second.output(0));
      Graph copy = model.copy().graph();
      assertThat(copy.nodes().getFirst().input(0)).isSameAs(copy.nodes().getLast().output(0));
    }
  }

  @Nested
  class Validation {
    @Test
    void acceptsASoundModel() {
      graph.addOutput(append("Relu", "y", x).output(0));
      GraphValidator.validate(model);
      assertThat(graph.nodes()).hasSize(1);
    }

    @Test
    void refusesValuesOfOtherGraphs() {
      Graph elsewhere = new Graph("elsewhere", OpsetImports.onnx(13));
      append("Relu", "y", elsewhere.addInput("z", null));
      assertThatThrownBy(() -> GraphValidator.validate(model))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("Relu 'y' input 0: 'z' is neither");
    }

    @Test
    void refusesOutputsOfRemovedNodes() {
      Node node = append("Relu", "y", x);
      Value y = node.output(0);
      graph.remove(node);
      graph.addOutput(y);
      assertThatThrownBy(() -> GraphValidator.validate(model))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("an output of graph 'net'");
    }

    @Test
    void refusesNodesOutOfOrder() {
      Node first = append("Relu", "y", x);
      first.setInput(0, append("Neg", "z", x).output(0));
      assertThatThrownBy(() -> GraphValidator.validate(model))
          .hasMessageContaining("reads a value before it is computed");
    }

    @Test
    void refusesGraphsNestedInAnother() {
      Graph foreign = new Graph("foreign", new Graph("elsewhere", OpsetImports.onnx(13)));
      graph.append(
          NodeBuilder.of("If")
              .unchecked()
              .inputs(x)
              .attribute("then_branch", new GraphValue(foreign))
              .output("y"));
      assertThatThrownBy(() -> GraphValidator.validate(model))
          .hasMessageContaining("nested graph 'foreign' belongs elsewhere");
    }
  }

  @Nested
  class Pipeline {
    private record Edit(String name, Predicate<Model> edit) implements Rewrite {
      @Override
      public boolean apply(Model edited) {
        return edit.test(edited);
      }
    }

    private RewritePipeline pipeline(Rewrite... passes) {
      return new RewritePipeline(List.of(passes), 10);
    }

    private static boolean renameOnce(Model edited) {
      Node node = edited.graph().nodes().getFirst();
      boolean changes = !node.name().equals("done");
      node.setName("done");
      return changes;
    }

    private void build() {
      graph.addOutput(append("Relu", "y", x).output(0));
    }

    @Test
    void runsUntilNothingChanges() {
      build();
      assertThat(pipeline(new Edit("rename", Pipeline::renameOnce)).apply(model))
          .containsExactly(Map.entry("rename", 1));
      assertThat(pipeline(new Edit("rename", Pipeline::renameOnce)).apply(model)).isEmpty();
    }

    @Test
    void restoresTheModelWhenAPassFails() {
      build();
      String before = model.graph().nodes().toString();
      Edit failing =
          new Edit(
              "failing",
              edited -> {
                edited
                    .graph()
                    .append(
                        NodeBuilder.of("Neg")
                            .inputs(edited.graph().inputs().getFirst())
                            .output("z"));
                edited.setIrVersion(99);
                throw new IllegalStateException("went wrong");
              });
      assertThatThrownBy(() -> pipeline(failing).apply(model))
          .isInstanceOf(GraphInvariantException.class)
          .hasMessage("pass 'failing': went wrong");
      assertThat(model.graph().nodes()).hasToString(before);
      assertThat(model.irVersion()).isEqualTo(8);
      GraphValidator.validate(model);
    }

    @Test
    void restoresTheModelWhenAPassBreaksIt() {
      build();
      Edit breaking =
          new Edit(
              "breaking",
              edited -> {
                Node node = edited.graph().nodes().getFirst();
                node.setInput(0, node.output(0));
                return true;
              });
      assertThatThrownBy(() -> pipeline(breaking).apply(model))
          .isInstanceOf(GraphInvariantException.class)
          .hasMessageContaining("pass 'breaking'")
          .hasMessageContaining("cycle");
      GraphValidator.validate(model);
    }

    @Test
    void stopsPassesThatNeverRest() {
      build();
      Edit restless =
          new Edit(
              "restless",
              edited -> {
                edited.graph().nodes().getFirst().setName("a" + System.identityHashCode(edited));
                return true;
              });
      assertThatThrownBy(() -> pipeline(restless).apply(model))
          .hasMessageContaining("still changing after 10 rounds: {restless=10}");
    }

    @Test
    void sortsWhatAPassLeavesUnsorted() {
      build();
      Edit unsorting =
          new Edit(
              "unsorting",
              edited -> {
                Graph edit = edited.graph();
                if (edit.nodes().size() > 1) {
                  return false;
                }
                Node late =
                    edit.append(
                        NodeBuilder.of("Neg").inputs(edit.inputs().getFirst()).output("late"));
                edit.nodes().getFirst().setInput(0, late.output(0));
                return true;
              });
      pipeline(unsorting).apply(model);
      assertThat(model.graph().nodes()).extracting(Node::opType).containsExactly("Neg", "Relu");
    }
  }
}
