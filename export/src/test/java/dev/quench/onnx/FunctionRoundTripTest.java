// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.OnnxProtos.assertSurvives;
import static dev.quench.onnx.OnnxProtos.attribute;
import static dev.quench.onnx.OnnxProtos.entry;
import static dev.quench.onnx.OnnxProtos.floats;
import static dev.quench.onnx.OnnxProtos.graph;
import static dev.quench.onnx.OnnxProtos.model;
import static dev.quench.onnx.OnnxProtos.node;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.onnx.proto.OnnxProto.FunctionProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Model-local functions survive reading and writing.
class FunctionRoundTripTest {
  @Test
  void withDefaultsReferencesAndTheirOwnImports() throws Exception {
    FunctionProto function =
        FunctionProto.newBuilder()
            .setName("Leaky")
            .setDomain("local")
            .setOverload("v2")
            .setDocString("leaks")
            .addInput("in")
            .addOutput("out")
            .addAttribute("required")
            .addAttributeProto(attribute("alpha", AttributeType.FLOAT).setF(0.1f))
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
            .addMetadataProps(entry("k", "v"))
            .addValueInfo(floats("out", 2))
            .addNode(
                node("LeakyRelu", List.of("in"), "out")
                    .addAttribute(attribute("alpha", AttributeType.FLOAT).setRefAttrName("alpha")))
            .build();
    assertSurvives(
        model(
                graph()
                    .addInput(floats("x", 2))
                    .addOutput(floats("y", 2))
                    .addNode(node("Leaky", List.of("x"), "y").setDomain("local").setOverload("v2")))
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1))
            .addFunctions(function)
            .build());
  }

  @Test
  void constantsThatAPassAddedToABodyBecomeNodes() throws Exception {
    Graph graph = new Graph("main", OpsetImports.onnx(17));
    Model model = new Model(graph, 8);
    Graph body = new Graph("AddOne", OpsetImports.onnx(17));
    Value in = body.addInput("in", null);
    Value one = body.addConstant("one", Tensor.scalar(1f));
    body.addOutput(body.append(NodeBuilder.of("Add").inputs(in, one).output("out")).output(0));
    model.functions().add(new Function("local", "AddOne", "", body, List.of(), Map.of(), Map.of()));
    ModelProto proto = ModelProto.parseFrom(OnnxWriter.toBytes(model));
    assertThat(proto.getFunctions(0).getNodeList())
        .extracting(NodeProto::getOpType)
        .containsExactly("Constant", "Add");
  }
}
