// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.quench.graph.Model;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.onnx.proto.OnnxProto.StringStringEntryProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorShapeProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import dev.quench.tensor.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// ONNX messages for tests, and their way through reader and writer.
final class OnnxProtos {
  private OnnxProtos() {}

  static ModelProto roundTrip(ModelProto proto) throws Exception {
    return ModelProto.parseFrom(OnnxWriter.toBytes(read(proto)));
  }

  static Model read(ModelProto proto) {
    return OnnxReader.read(proto.toByteArray(), "test");
  }

  static void assertSurvives(ModelProto proto) throws Exception {
    assertThat(roundTrip(proto)).isEqualTo(proto);
  }

  static ModelProto.Builder model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(10)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(21))
        .setGraph(graph);
  }

  static GraphProto.Builder graph() {
    return GraphProto.newBuilder().setName("main");
  }

  static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  static TypeProto tensorType(DataType type, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDimBuilder().setDimValue(dim);
    }
    return TypeProto.newBuilder()
        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.onnxCode()).setShape(shape))
        .build();
  }

  static ValueInfoProto info(String name, TypeProto type) {
    return ValueInfoProto.newBuilder().setName(name).setType(type).build();
  }

  static ValueInfoProto floats(String name, long... dims) {
    return info(name, tensorType(DataType.FLOAT, dims));
  }

  static NodeProto.Builder node(String opType, List<String> inputs, String... outputs) {
    return NodeProto.newBuilder()
        .setOpType(opType)
        .addAllInput(inputs)
        .addAllOutput(List.of(outputs));
  }

  static TensorProto.Builder rawFloats(String name, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.FLOAT.onnxCode())
        .addDims(values.length)
        .setRawData(ByteString.copyFrom(bytes));
  }

  static AttributeProto.Builder attribute(String name, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type.code());
  }

  static UnknownFieldSet unknown() {
    return UnknownFieldSet.newBuilder()
        .addField(
            977,
            UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFromUtf8("from the future"))
                .addVarint(42)
                .build())
        .build();
  }

  static GraphProto.Builder relu() {
    return graph()
        .addInput(floats("x", 2))
        .addOutput(floats("y", 2))
        .addNode(node("Relu", List.of("x"), "y"));
  }
}
