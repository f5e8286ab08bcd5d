// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.OnnxProtos.assertSurvives;
import static dev.quench.onnx.OnnxProtos.attribute;
import static dev.quench.onnx.OnnxProtos.floats;
import static dev.quench.onnx.OnnxProtos.graph;
import static dev.quench.onnx.OnnxProtos.model;
import static dev.quench.onnx.OnnxProtos.node;
import static dev.quench.onnx.OnnxProtos.rawFloats;
import static dev.quench.onnx.OnnxProtos.read;
import static dev.quench.onnx.OnnxProtos.tensorType;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.quench.graph.Model;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.tensor.DataType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Attributes survive reading and writing.
class AttributeRoundTripTest {
  @Test
  void ofEveryType() throws Exception {
    TensorProto tensor = rawFloats("", 1, -0f, Float.NaN).clearName().build();
    SparseTensorProto sparse =
        SparseTensorProto.newBuilder()
            .setValues(rawFloats("", 5).clearName())
            .setIndices(
                TensorProto.newBuilder()
                    .setDataType(7)
                    .addDims(1)
                    .setRawData(ByteString.copyFrom(new byte[8])))
            .addDims(4)
            .build();
    GraphProto nested = graph().setName("nested").build();
    TypeProto type = tensorType(DataType.BOOL, 1);
    NodeProto.Builder everything =
        node("Everything", List.of("x"), "y")
            .setDomain("com.example")
            .setOverload("second")
            .addAttribute(attribute("f", AttributeType.FLOAT).setF(-0f))
            .addAttribute(attribute("i", AttributeType.INT).setI(Long.MIN_VALUE))
            .addAttribute(
                attribute("s", AttributeType.STRING)
                    .setS(ByteString.copyFrom(new byte[] {(byte) 0xff, 0, (byte) 0xc3})))
            .addAttribute(attribute("t", AttributeType.TENSOR).setT(tensor))
            .addAttribute(attribute("g", AttributeType.GRAPH).setG(nested))
            .addAttribute(attribute("fs", AttributeType.FLOATS).addFloats(1).addFloats(2))
            .addAttribute(attribute("is", AttributeType.INTS).addInts(-1))
            .addAttribute(attribute("none", AttributeType.INTS))
            .addAttribute(
                attribute("ss", AttributeType.STRINGS)
                    .addStrings(ByteString.copyFrom(new byte[] {(byte) 0x80})))
            .addAttribute(attribute("ts", AttributeType.TENSORS).addTensors(tensor))
            .addAttribute(attribute("gs", AttributeType.GRAPHS).addGraphs(nested))
            .addAttribute(attribute("sp", AttributeType.SPARSE_TENSOR).setSparseTensor(sparse))
            .addAttribute(attribute("sps", AttributeType.SPARSE_TENSORS).addSparseTensors(sparse))
            .addAttribute(attribute("tp", AttributeType.TYPE).setTp(type))
            .addAttribute(attribute("tps", AttributeType.TYPES).addTypeProtos(type));
    assertSurvives(
        model(graph().addInput(floats("x", 2)).addOutput(floats("y", 2)).addNode(everything))
            .build());
  }

  @Test
  void withoutDeclaredTypeAreTakenByTheirField() {
    Model model =
        read(
            model(
                    graph()
                        .addInput(floats("x", 2))
                        .addOutput(floats("y", 2))
                        .addNode(
                            node("Old", List.of("x"), "y")
                                .addAttribute(
                                    AttributeProto.newBuilder().setName("axes").addInts(3))))
                .build());
    assertThat(model.graph().nodes().getFirst().intsAttribute("axes").orElseThrow())
        .containsExactly(3);
  }
}
