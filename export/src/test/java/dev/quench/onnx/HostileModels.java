// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.ModelFormatException;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorShapeProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import java.util.Arrays;
import java.util.List;

/// Messages of models that are to be refused.
final class HostileModels {
  private HostileModels() {}

  static final OnnxReader READER = new OnnxReader(OnnxLimits.DEFAULT);

  static void assertRefused(byte[] bytes, String... words) {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> OnnxReader.read(bytes, "bad.onnx"))
        .satisfies(e ->
            assertThat(e.getMessage())
                .startsWith("bad.onnx: ")
                .contains(words)
                .doesNotContain("\n")
                .doesNotContain("\u001b"));
  }

  static void assertRefused(GraphProto.Builder graph, String... words) {
    assertRefused(model(graph).toByteArray(), words);
  }

  static ModelProto model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
        .setGraph(graph)
        .build();
  }

  static ValueInfoProto floats(String name) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(1)
                        .setShape(
                            TensorShapeProto.newBuilder()
                                .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(2)))))
        .build();
  }

  static NodeProto.Builder node(String opType, List<String> inputs, String... outputs) {
    return NodeProto.newBuilder()
        .setOpType(opType)
        .setName("the_" + opType)
        .addAllInput(inputs)
        .addAllOutput(List.of(outputs));
  }

  static GraphProto.Builder graph() {
    return GraphProto.newBuilder().setName("main").addInput(floats("x")).addOutput(floats("y"));
  }

  static TensorProto.Builder tensor(long... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName("w").setDataType(1);
    Arrays.stream(dims).forEach(tensor::addDims);
    return tensor;
  }

  static GraphProto.Builder using(TensorProto.Builder tensor) {
    return graph().addInitializer(tensor).addNode(node("Add", List.of("x", "w"), "y"));
  }
}
