// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.digest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class ModelDigestTest {
  private static final Shape INPUT = Shape.of(1, 2, 4, 4);

  /// Two convolutions of one input, added; `variant` picks what differs.
  private static Model model(Consumer<Graph> edit) {
    Graph graph = new Graph("net", OpsetImports.onnx(13));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, INPUT));
    Value w1 = graph.addInitializer("w1", weights(0.5f));
    Value w2 = graph.addInitializer("w2", weights(-1.25f));
    graph.append(NodeBuilder.of("Conv").name("a").inputs(x, w1).output("left"));
    graph.append(NodeBuilder.of("Conv").name("b").inputs(x, w2).output("right"));
    Value left = graph.value("left").orElseThrow();
    Value right = graph.value("right").orElseThrow();
    graph.append(
        NodeBuilder.of("Concat").name("c").inputs(left, right).output("y").attribute("axis", 1));
    graph.addOutput(graph.value("y").orElseThrow());
    edit.accept(graph);
    return new Model(graph, 8);
  }

  private static Tensor weights(float first) {
    return Tensor.ofFloats(Shape.of(2, 2, 1, 1), first, 2, 3, 4);
  }

  private static String digest(Consumer<Graph> edit) {
    return ModelDigest.of(model(edit));
  }

  private static final String ORIGINAL = digest(_ -> {});

  private static Value value(Graph graph, String name) {
    return graph.value(name).orElseThrow();
  }

  private static Node node(Graph graph, String name) {
    return graph.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void isSixtyFourHexDigits() {
    assertThat(ORIGINAL).matches("[0-9a-f]{64}");
  }

  @Test
  void ignoresNamesInside() {
    assertThat(
            digest(g -> {
              g.rename(value(g, "left"), "renamed");
              g.rename(value(g, "w1"), "weight");
              node(g, "a").setName("other");
              g.setName("another");
            }))
        .isEqualTo(ORIGINAL);
  }

  @Test
  void ignoresShapesDocumentationAndVersions() {
    Model model =
        model(g -> {
          value(g, "x")
              .setType(
                  ValueType.tensor(
                      DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(2), Dim.of(4), Dim.of(4))));
          g.setDocString("text");
          g.metadata().put("key", "value");
          node(g, "b").setDocString("text");
          value(g, "left").setType(ValueType.tensor(DataType.FLOAT, Shape.of(1, 2, 4, 4)));
        });
    model.setProducer("somebody", "2");
    model.setIrVersion(10);
    model.setIdentity("domain", 7);
    assertThat(ModelDigest.of(model)).isEqualTo(ORIGINAL);
  }

  @Test
  void staysTheSameWhenShapesAreInferred() {
    Model model = model(_ -> {});
    ShapeInference.infer(model);
    assertThat(ModelDigest.of(model)).isEqualTo(ORIGINAL);
  }

  @Test
  void ignoresTheOrderOfIndependentNodes() {
    Graph graph = new Graph("net", OpsetImports.onnx(13));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, INPUT));
    Value w2 = graph.addInitializer("w2", weights(-1.25f));
    Value w1 = graph.addInitializer("w1", weights(0.5f));
    Value right = graph.append(NodeBuilder.of("Conv").inputs(x, w2).output("right")).output(0);
    Value left = graph.append(NodeBuilder.of("Conv").inputs(x, w1).output("left")).output(0);
    graph.append(NodeBuilder.of("Concat").inputs(left, right).output("y").attribute("axis", 1));
    graph.addOutput(value(graph, "y"));
    assertThat(ModelDigest.of(new Model(graph, 8))).isEqualTo(ORIGINAL);
  }

  @Test
  void countsConstantNodesAsInitializers() {
    assertThat(
            digest(g -> {
              Node constant =
                  g.insertBefore(
                      node(g, "a"),
                      NodeBuilder.of("Constant")
                          .output("w")
                          .attribute("value", AttributeValue.of(weights(0.5f))));
              node(g, "a").setInput(1, constant.output(0));
              g.removeInitializer(value(g, "w1"));
            }))
        .isEqualTo(ORIGINAL);
  }

  @Test
  void ignoresDefaultsThatAreSpelledOut() {
    assertThat(digest(g -> node(g, "a").setAttribute("group", AttributeValue.of(1))))
        .isEqualTo(ORIGINAL);
  }

  @Test
  void changesWithOneWeightBit() {
    float oneBitOff = Float.intBitsToFloat(Float.floatToRawIntBits(0.5f) ^ 1);
    assertThat(digest(g -> g.setInitializer(value(g, "w1"), weights(oneBitOff))))
        .isNotEqualTo(ORIGINAL);
  }

  @Test
  void knowsTensorsByWhatComputesThem() {
    Map<String, String> original = ModelDigest.ofTensors(model(_ -> {}));
    Map<String, String> renamed =
        ModelDigest.ofTensors(
            model(g -> {
              g.rename(value(g, "left"), "right one");
              g.rename(value(g, "right"), "left");
            }));

    assertThat(original).containsOnlyKeys("x", "left", "right", "y");
    assertThat(renamed)
        .containsEntry("right one", original.get("left"))
        .containsEntry("left", original.get("right"))
        .containsEntry("x", original.get("x"))
        .containsEntry("y", original.get("y"));
    assertThat(original.values()).doesNotHaveDuplicates();
  }

  @Test
  void ofTensorsBeforeAChangeStay() {
    Map<String, String> original = ModelDigest.ofTensors(model(_ -> {}));
    Map<String, String> changed =
        ModelDigest.ofTensors(model(g -> g.setInitializer(value(g, "w1"), weights(7))));

    assertThat(changed).containsEntry("right", original.get("right"));
    assertThat(changed.get("left")).isNotEqualTo(original.get("left"));
    assertThat(changed.get("y")).isNotEqualTo(original.get("y"));
  }

  @Test
  void tellsNegativeZeroFromZero() {
    assertThat(digest(g -> g.setInitializer(value(g, "w1"), weights(-0f))))
        .isNotEqualTo(digest(g -> g.setInitializer(value(g, "w1"), weights(0f))));
  }

  @Test
  void changesWithAnAttribute() {
    assertThat(digest(g -> node(g, "a").setAttribute("pads", AttributeValue.ofInts(1, 1, 1, 1))))
        .isNotEqualTo(ORIGINAL);
    assertThat(digest(g -> node(g, "c").setAttribute("axis", AttributeValue.of(2))))
        .isNotEqualTo(ORIGINAL);
  }

  @Test
  void changesWithTheInterface() {
    assertThat(digest(g -> g.rename(value(g, "x"), "input"))).isNotEqualTo(ORIGINAL);
    assertThat(digest(g -> g.rename(value(g, "y"), "output"))).isNotEqualTo(ORIGINAL);
    assertThat(digest(g -> value(g, "x").setType(ValueType.tensor(DataType.FLOAT16, INPUT))))
        .isNotEqualTo(ORIGINAL);
    assertThat(digest(g -> g.addOutput(value(g, "left")))).isNotEqualTo(ORIGINAL);
  }

  @Test
  void changesWithTheOrderOfOperands() {
    assertThat(
            digest(g -> {
              node(g, "c").setInput(0, value(g, "right"));
              node(g, "c").setInput(1, value(g, "left"));
            }))
        .isNotEqualTo(ORIGINAL);
  }

  @Test
  void staysWhenAnAttributeBecomesAnInput() {
    assertThat(ModelDigest.of(squeeze(11))).isEqualTo(ModelDigest.of(squeeze(13)));
  }

  @Test
  void changesWithADefaultThatChangedItsMeaning() {
    assertThat(ModelDigest.of(softmax(11))).isNotEqualTo(ModelDigest.of(softmax(13)));
  }

  private static Model squeeze(int opset) {
    Graph graph = new Graph("net", OpsetImports.onnx(opset));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 3)));
    NodeBuilder builder = NodeBuilder.of("Squeeze").inputs(x).output("y");
    if (opset < 13) {
      builder.ints("axes", 0);
    } else {
      builder.inputs(graph.addInitializer("axes", Tensor.vector(0)));
    }
    graph.addOutput(graph.append(builder).output(0));
    return new Model(graph, 8);
  }

  private static Model softmax(int opset) {
    Graph graph = new Graph("net", OpsetImports.onnx(opset));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 3, 4)));
    graph.addOutput(graph.append(NodeBuilder.of("Softmax").inputs(x).output("y")).output(0));
    return new Model(graph, 8);
  }

  @Test
  void takesLinearTimeOnSharedAndDeepGraphs() {
    Graph graph = new Graph("deep", OpsetImports.onnx(13));
    Value value = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1)));
    for (int i = 0; i < 5_000; i++) {
      value = graph.append(NodeBuilder.of("Add").inputs(value, value).output("v" + i)).output(0);
    }
    graph.addOutput(value);
    String digest =
        Assertions.assertTimeout(Duration.ofSeconds(60), () -> ModelDigest.of(new Model(graph, 8)));
    assertThat(digest).hasSize(64);
  }

  @Test
  void looksIntoNestedGraphsAndWhatTheyCapture() {
    assertThat(ModelDigest.of(branching(1f, "inner")))
        .isEqualTo(ModelDigest.of(branching(1f, "renamed")))
        .isNotEqualTo(ModelDigest.of(branching(2f, "inner")));
  }

  private static Model branching(float constant, String innerName) {
    Graph graph = new Graph("net", OpsetImports.onnx(13));
    Value condition = graph.addInput("c", ValueType.tensor(DataType.BOOL, Shape.SCALAR));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2)));
    Value captured = graph.addInitializer("k", Tensor.scalar(constant));
    NodeBuilder builder = NodeBuilder.of("If").inputs(condition).output("y");
    for (String branch : new String[] {"then_branch", "else_branch"}) {
      Graph body = new Graph(branch, graph);
      String opType = branch.startsWith("then") ? "Add" : "Mul";
      body.addOutput(
          body.append(NodeBuilder.of(opType).inputs(x, captured).output(innerName)).output(0));
      builder.attribute(branch, new AttributeValue.GraphValue(body));
    }
    graph.addOutput(graph.append(builder).output(0));
    return new Model(graph, 8);
  }

  /// The first part of `x` cut into `parts`, in the form of an opset.
  private static Model cut(int parts, long opset) {
    Graph graph = new Graph("net", OpsetImports.onnx(opset));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(12)));
    NodeBuilder split = NodeBuilder.of("Split").inputs(x);
    for (int i = 0; i < parts; i++) {
      split.output("part" + i);
    }
    if (opset >= 18) {
      split.attribute("num_outputs", parts);
    }
    graph.addOutput(graph.append(split).output(0));
    return new Model(graph, 8);
  }

  @Test
  void countsTheOutputsOfASplit() {
    assertThat(ModelDigest.of(cut(2, 13))).isNotEqualTo(ModelDigest.of(cut(3, 13)));
    assertThat(ModelDigest.ofTensors(cut(2, 13)).get("part0"))
        .isNotEqualTo(ModelDigest.ofTensors(cut(3, 13)).get("part0"));
  }

  @Test
  void isTheSameForASplitInNewerWords() {
    assertThat(ModelDigest.of(cut(3, 13))).isEqualTo(ModelDigest.of(cut(3, 18)));
  }

  private static Model one(String opType, long opset, NodeBuilder builder) {
    Graph graph = new Graph("net", OpsetImports.onnx(opset));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, INPUT));
    Value scales = graph.addInitializer("s", Tensor.ofFloats(Shape.of(4), 1, 1, 2, 2));
    builder.inputs(opType.equals("Resize") ? List.of(x, scales) : List.of(x));
    graph.addOutput(graph.append(builder.output("y")).output(0));
    return new Model(graph, 8);
  }

  @Test
  void tellsASoftmaxOverRowsFromOneOverAnAxis() {
    Model rows = one("Softmax", 11, NodeBuilder.of("Softmax").attribute("axis", 1));
    Model axis = one("Softmax", 13, NodeBuilder.of("Softmax").attribute("axis", 1));

    assertThat(ModelDigest.of(rows)).isNotEqualTo(ModelDigest.of(axis));
  }

  @Test
  void tellsTheResizeOfOpset10FromTheNext() {
    Model old = one("Resize", 10, NodeBuilder.of("Resize"));
    Model next = one("Resize", 11, NodeBuilder.of("Resize"));

    assertThat(ModelDigest.of(old)).isNotEqualTo(ModelDigest.of(next));
  }
}
