// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Shapes that follow from more than one node.
class ComputedShapesTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(13));

  private Value input(Object... dims) {
    return graph.addInput(
        graph.uniqueName("x"), ValueType.tensor(DataType.FLOAT, OneNode.shape(dims)));
  }

  private Value vector(long... values) {
    return graph.addConstant("vector", Tensor.vector(values));
  }

  private Value scalar(long value) {
    return graph.addConstant("scalar", Tensor.scalar(value));
  }

  private Value node(NodeBuilder builder) {
    return graph.append(builder.output(graph.uniqueName("v"))).output(0);
  }

  private Value node(String opType, Value... inputs) {
    return node(NodeBuilder.of(opType).inputs(inputs));
  }

  private Model model() {
    return new Model(graph, 8);
  }

  private String inferred(Value value) {
    graph.addOutput(value);
    ShapeInference.infer(model());
    return value.type().orElseThrow().toString();
  }

  @Test
  void flattensByGatheredBatch() {
    Value x = input("N", 64, 7, 7);
    Value batch = node("Gather", node("Shape", x), scalar(0));
    Value target =
        node(
            NodeBuilder.of("Concat")
                .inputs(node("Unsqueeze", batch, vector(0)), vector(-1))
                .attribute("axis", 0));
    assertThat(inferred(node("Reshape", x, target))).isEqualTo("FLOAT [N, 3136]");
  }

  @Test
  void splitsAttentionHeads() {
    Value x = input("N", "S", 768);
    Value shape = node("Shape", x);
    Value head = node("Div", node("Gather", shape, scalar(2)), scalar(12));
    Value target =
        node(
            NodeBuilder.of("Concat")
                .inputs(
                    node("Slice", shape, vector(0), vector(2), vector(0)),
                    vector(12),
                    node("Unsqueeze", head, vector(0)))
                .attribute("axis", 0));
    assertThat(inferred(node("Reshape", x, target))).isEqualTo("FLOAT [N, S, 12, 64]");
  }

  @Test
  void resizesToTheSizeOfAnotherTensor() {
    Value small = input("N", 256, 7, 9);
    Value large = input("N", 128, 14, 18);
    Value channels = node("Slice", node("Shape", small), vector(0), vector(2), vector(0));
    Value space = node("Slice", node("Shape", large), vector(2), vector(4), vector(0));
    Value sizes = node(NodeBuilder.of("Concat").inputs(channels, space).attribute("axis", 0));
    assertThat(inferred(node("Resize", small, Value.ABSENT, Value.ABSENT, sizes)))
        .isEqualTo("FLOAT [N, 256, 14, 18]");
  }

  @Test
  void doublesSizesThroughFloats() {
    Value x = input(1, 3, 5, 6);
    Value space = node("Slice", node("Shape", x), vector(2), vector(4));
    Value floats = node(NodeBuilder.of("Cast").inputs(space).attribute("to", 1));
    Value doubled = node("Mul", floats, graph.addConstant("two", Tensor.ofFloats(Shape.of(1), 2)));
    Value sizes = node(NodeBuilder.of("Cast").inputs(node("Floor", doubled)).attribute("to", 7));
    Value all = node(NodeBuilder.of("Concat").inputs(vector(1, 3), sizes).attribute("axis", 0));
    assertThat(inferred(node("Resize", x, Value.ABSENT, Value.ABSENT, all)))
        .isEqualTo("FLOAT [1, 3, 10, 12]");
  }

  @Test
  void expandsByASelectedShape() {
    Value x = input("N", 1, 8);
    Value wanted = vector(-1, 4, -1);
    Value ones =
        node(
            NodeBuilder.of("ConstantOfShape")
                .inputs(vector(3))
                .attribute("value", AttributeValue.of(Tensor.vector(1))));
    Value keeps = node("Equal", wanted, node("Mul", ones, scalar(-1)));
    Value shape = node("Where", keeps, ones, wanted);
    assertThat(inferred(node("Expand", x, shape))).isEqualTo("FLOAT [N, 4, 8]");
  }

  @Test
  void reshapesLikeAnotherTensor() {
    Value x = input("N", "S", 6);
    Value like = input("N", "S", 2, 3);
    assertThat(inferred(node("Reshape", x, node("Shape", like)))).isEqualTo("FLOAT [N, S, 2, 3]");
  }

  @Test
  void countsElements() {
    Value x = input(4, 6);
    Value count = node("ReduceProd", node("Shape", x));
    assertThat(inferred(node("Range", scalar(0), node("Squeeze", count), scalar(1))))
        .isEqualTo("INT64 [24]");
  }

  @Test
  void isStableWhenRepeated() {
    Value x = input("N", 3, 8, 8);
    Value y =
        node(
            "Conv",
            x,
            graph.addConstant("w", Tensor.ofFloats(Shape.of(4, 3, 3, 3), new float[108])));
    String once = inferred(y);
    ShapeInference.infer(model());
    assertThat(y.type().orElseThrow()).hasToString(once).hasToString("FLOAT [N, 4, 6, 6]");
  }

  @Test
  void followsNodesThatAreOutOfOrder() {
    Value x = input("N", 3);
    Value late = node("Relu", x);
    Node early =
        graph.insertBefore(
            graph.nodes().getFirst(), NodeBuilder.of("Neg").inputs(late).output("y"));
    ShapeInference.infer(model());
    assertThat(early.output(0).shape()).contains(OneNode.shape("N", 3));
  }

  @Nested
  class Declared {
    @Test
    void keepsWhatIsMorePrecise() {
      Value y = node("NonZero", input("N", 3));
      y.setType(ValueType.tensor(DataType.INT64, OneNode.shape(2, "K")));
      assertThat(inferred(y)).isEqualTo("INT64 [2, K]");
    }

    @Test
    void givesWayToWhatIsComputed() {
      Value y = node("Relu", input(4, 3));
      y.setType(ValueType.tensor(DataType.FLOAT, OneNode.shape(1, 3)));
      assertThat(inferred(y)).isEqualTo("FLOAT [4, 3]");
    }

    @Test
    void staysForUnknownOperators() {
      Value y = node("NoSuchOperator", input(4, 3));
      y.setType(ValueType.tensor(DataType.FLOAT, OneNode.shape(1, 3)));
      assertThat(inferred(node("Relu", y))).isEqualTo("FLOAT [1, 3]");
    }

    @Test
    void isRefusedWithAnotherElementType() {
      Value y = node("Relu", input(4, 3));
      y.setType(ValueType.tensor(DataType.INT64, OneNode.shape(4, 3)));
      assertThatThrownBy(() -> inferred(y))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("declared as INT64, but it is FLOAT");
    }
  }

  @Nested
  class InputShapesGiven {
    @Test
    void keepDimensionsApartThatAreNamedByAQuestionMark() {
      Shape free = new Shape(List.of(Dim.of("?"), Dim.of(3), Dim.of("?")));
      Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, free));
      Value y = node("Reshape", x, vector(-1, 3));
      graph.addOutput(y);
      ShapeInference.infer(model());
      assertThat(y.shape()).contains(OneNode.shape("?", 3));
      assertThat(y.shape().orElseThrow().dim(0)).isEqualTo(Dim.UNKNOWN);
      ShapeInference.withInputShapes(model(), Map.of("x", Shape.of(2, 3, 4)));
      assertThat(y.shape()).contains(Shape.of(8, 3));
    }

    @Test
    void fixSymbolsEverywhere() {
      Value a = input("N", 3);
      Value b = input("N", 4);
      Value y = node(NodeBuilder.of("Concat").inputs(a, b).attribute("axis", 1));
      graph.addOutput(y);
      ShapeInference.withInputShapes(model(), Map.of("x", Shape.of(5, 3)));
      assertThat(b.shape()).contains(Shape.of(5, 4));
      assertThat(y.shape()).contains(Shape.of(5, 7));
    }

    @Test
    void learnNothingFromANameThatIsGivenTwice() {
      Value a = input("batch", "batch");
      Value b = input("batch", 3);
      Value y = node("Relu", a);
      graph.addOutput(y);
      ShapeInference.withInputShapes(model(), Map.of("x", Shape.of(1, 32)));
      assertThat(y.shape()).contains(Shape.of(1, 32));
      assertThat(b.shape()).contains(OneNode.shape("?", 3));
    }

    @Test
    void replaceABatchThatWasFixed() {
      Value x = input(1, 3);
      Value y = node("Relu", x);
      y.setType(ValueType.tensor(DataType.FLOAT, Shape.of(1, 3)));
      Value odd = node("NoSuchOperator", y);
      odd.setType(ValueType.tensor(DataType.FLOAT, Shape.of(1, 3)));
      ShapeInference.withInputShapes(model(), Map.of("x", OneNode.shape("N", 3)));
      assertThat(y.shape()).contains(OneNode.shape("N", 3));
      assertThat(odd.shape()).contains(OneNode.shape("?", "?"));
    }

    @Test
    void areRefusedWithoutATrace() {
      Value x = input(2, 3);
      Value y = node("Gemm", x, graph.addConstant("w", Tensor.ofFloats(Shape.of(3, 1), 1, 2, 3)));
      ShapeInference.infer(model());
      assertThatThrownBy(() -> ShapeInference.withInputShapes(model(), Map.of("x", Shape.of(2, 4))))
          .isInstanceOf(ModelFormatException.class);
      assertThat(x.shape()).contains(Shape.of(2, 3));
      assertThat(y.shape()).contains(Shape.of(2, 1));
      assertThatThrownBy(() -> ShapeInference.withInputShapes(model(), Map.of("z", Shape.of(1))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no input 'z'");
      assertThatThrownBy(() -> ShapeInference.withInputShapes(model(), Map.of("x", Shape.of(1))))
          .hasMessageContaining("rank 1, expected 2");
    }
  }

  @Nested
  class Bodies {
    private Graph body(String name, String opType, Value... inputs) {
      Graph body = new Graph(name, graph);
      body.addOutput(
          body.append(NodeBuilder.of(opType).inputs(inputs).output(graph.uniqueName("inner")))
              .output(0));
      return body;
    }

    @Test
    void joinBranches() {
      Value condition = graph.addInput("c", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
      Value x = input("N", 3);
      Value other = input("N", 5);
      Value y =
          node(
              NodeBuilder.of("If")
                  .inputs(condition)
                  .attribute("then_branch", new AttributeValue.GraphValue(body("t", "Relu", x)))
                  .attribute(
                      "else_branch", new AttributeValue.GraphValue(body("e", "Neg", other))));
      assertThat(inferred(y)).isEqualTo("FLOAT [N, ?]");
    }

    @Test
    void runLoops() {
      Value x = input(2, 3);
      Graph body = new Graph("body", graph);
      body.addInput("i", null);
      Value condition = body.addInput("cond", null);
      Value carried = body.addInput("carried", null);
      Value next = body.append(NodeBuilder.of("Add").inputs(carried, x).output("next")).output(0);
      body.addOutput(condition);
      body.addOutput(next);
      body.addOutput(x);
      Node loop =
          graph.append(
              NodeBuilder.of("Loop")
                  .inputs(scalar(4), Value.ABSENT, x)
                  .attribute("body", new AttributeValue.GraphValue(body))
                  .output("final")
                  .output("stacked"));
      ShapeInference.infer(model());
      assertThat(loop.output(0).type()).contains(ValueType.unranked(DataType.FLOAT));
      assertThat(loop.output(1).shape()).contains(OneNode.shape("?", 2, 3));
    }

    @Test
    void scanAlongAnAxis() {
      Value state = input(3);
      Value sequence = input("T", 3);
      Graph body = new Graph("body", graph);
      Value before = body.addInput("before", null);
      Value element = body.addInput("element", null);
      Value after =
          body.append(NodeBuilder.of("Add").inputs(before, element).output("after")).output(0);
      body.addOutput(after);
      body.addOutput(after);
      Node scan =
          graph.append(
              NodeBuilder.of("Scan")
                  .inputs(state, sequence)
                  .attribute("body", new AttributeValue.GraphValue(body))
                  .attribute("num_scan_inputs", 1)
                  .output("last")
                  .output("all"));
      ShapeInference.infer(model());
      assertThat(scan.output(0).shape()).contains(Shape.of(3));
      assertThat(scan.output(1).shape()).contains(OneNode.shape("T", 3));
    }

    private Function function(String name, String inner, String innerDomain) {
      Graph body = new Graph(name, OpsetImports.onnx(13).with("local", 1));
      Value x = body.addInput("x", null);
      body.addOutput(
          body.append(
                  NodeBuilder.of(inner)
                      .domain(innerDomain)
                      .inputs(x)
                      .attribute("axis", new AttributeValue.Reference("axis", 2))
                      .output("y"))
              .output(0));
      return new Function("local", name, "", body, List.of("axis"), Map.of(), Map.of());
    }

    @Test
    void callFunctionsWithTheirAttributes() {
      graph.setOpsets(graph.opsets().with("local", 1));
      Value x = input("N", 4, 5);
      Value y = node(NodeBuilder.of("Call").domain("local").inputs(x).attribute("axis", 2));
      graph.addOutput(y);
      Model model = model();
      model.functions().add(function("Call", "Flatten", ""));
      ShapeInference.infer(model);
      assertThat(y.shape()).contains(OneNode.shape("?", 5));
    }

    @Test
    void leaveEndlessRecursionAlone() {
      graph.setOpsets(graph.opsets().with("local", 1));
      Value y = node(NodeBuilder.of("Call").domain("local").inputs(input(2)).attribute("axis", 0));
      graph.addOutput(y);
      Model model = model();
      model.functions().add(function("Call", "Call", "local"));
      ShapeInference.infer(model);
      assertThat(y.type()).isEmpty();
    }
  }
}
