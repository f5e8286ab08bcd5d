// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.OnnxProtos.assertSurvives;
import static dev.quench.onnx.OnnxProtos.attribute;
import static dev.quench.onnx.OnnxProtos.floats;
import static dev.quench.onnx.OnnxProtos.graph;
import static dev.quench.onnx.OnnxProtos.info;
import static dev.quench.onnx.OnnxProtos.model;
import static dev.quench.onnx.OnnxProtos.node;
import static dev.quench.onnx.OnnxProtos.rawFloats;
import static dev.quench.onnx.OnnxProtos.read;
import static dev.quench.onnx.OnnxProtos.tensorType;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.tensor.DataType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Nested graphs survive reading and writing.
class NestedGraphRoundTripTest {
  /// `If` with branches that read `late`, which the main graph computes after it in the file.
  private ModelProto outOfOrder() {
    GraphProto.Builder yes =
        graph()
            .setName("yes")
            .addOutput(floats("yes_y", 2))
            .addNode(node("Neg", List.of("late"), "yes_y"));
    GraphProto.Builder no =
        graph()
            .setName("no")
            .addOutput(floats("no_y", 2))
            .addNode(node("Abs", List.of("late"), "no_y"));
    return model(
            graph()
                .addInput(floats("x", 2))
                .addInput(info("c", tensorType(DataType.BOOL)))
                .addOutput(floats("y", 2))
                .addNode(
                    node("If", List.of("c"), "y")
                        .addAttribute(attribute("then_branch", AttributeType.GRAPH).setG(yes))
                        .addAttribute(attribute("else_branch", AttributeType.GRAPH).setG(no)))
                .addNode(node("Relu", List.of("x"), "late")))
        .build();
  }

  @Test
  void captureOuterValuesByReference() {
    Model model = read(outOfOrder());
    Value late = model.graph().value("late").orElseThrow();
    assertThat(late.uses()).hasSize(2);
    assertThat(late.uses().getFirst().node().graph().parent()).contains(model.graph());
  }

  @Test
  void areSortedAfterWhatTheyCapture() {
    assertThat(read(outOfOrder()).graph().nodes())
        .extracting(Node::opType)
        .containsExactly("Relu", "If");
  }

  @Test
  void mayReturnAnOuterValue() throws Exception {
    GraphProto.Builder pass = graph().setName("pass").addOutput(floats("x", 2));
    assertSurvives(
        model(
                graph()
                    .addInput(floats("x", 2))
                    .addInput(info("c", tensorType(DataType.BOOL)))
                    .addOutput(floats("y", 2))
                    .addNode(
                        node("If", List.of("c"), "y")
                            .addAttribute(attribute("then_branch", AttributeType.GRAPH).setG(pass))
                            .addAttribute(
                                attribute("else_branch", AttributeType.GRAPH).setG(pass))))
            .build());
  }

  @Test
  void readTheirOwnValueWhereTheNameIsTakenTwice() {
    GraphProto.Builder inner =
        graph()
            .setName("inner")
            .addInitializer(rawFloats("w", 1, 2))
            .addOutput(floats("inner_y", 2))
            .addNode(node("Neg", List.of("w"), "inner_y"));
    Model model =
        read(
            model(
                    graph()
                        .addInput(info("c", tensorType(DataType.BOOL)))
                        .addInitializer(rawFloats("w", 3, 4))
                        .addOutput(floats("y", 2))
                        .addNode(
                            node("If", List.of("c"), "y")
                                .addAttribute(
                                    attribute("then_branch", AttributeType.GRAPH).setG(inner))
                                .addAttribute(
                                    attribute("else_branch", AttributeType.GRAPH).setG(inner))))
                .build());
    Graph nested = model.graph().nodes().getFirst().nestedGraphs().getFirst();
    assertThat(nested.nodes().getFirst().input(0).graph()).isSameAs(nested);
    assertThat(model.graph().value("w").orElseThrow().isUnused()).isTrue();
  }
}
