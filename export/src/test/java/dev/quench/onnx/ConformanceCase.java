// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// One model of the conformance suite with its first set of inputs.
///
/// Inputs that ONNX Runtime's Java API cannot make (some integer types, sequences) are put into the
/// model as initializers and `SequenceConstruct` nodes, by editing the protobuf message alone,
/// before either side sees it.
record ConformanceCase(String name, byte[] model, Map<String, Tensor> inputs) {
  /// Why a case cannot be run.
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String reason) {
      super(reason);
    }
  }

  static ConformanceCase load(Path folder, String name) throws IOException, Unusable {
    byte[] bytes = Files.readAllBytes(folder.resolve("model.onnx"));
    Path data = folder.resolve("test_data_set_0");
    ModelProto.Builder model = ModelProto.parseFrom(bytes).toBuilder();
    GraphProto graph = model.getGraph();
    Set<String> initialized = new HashSet<>();
    graph.getInitializerList().forEach(t -> initialized.add(t.getName()));
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    GraphProto.Builder baked = graph.toBuilder().clearInput().clearNode();
    int index = 0;
    boolean changed = false;
    for (ValueInfoProto input : graph.getInputList()) {
      if (initialized.contains(input.getName())) {
        baked.addInput(input);
        continue;
      }
      Path file = data.resolve("input_" + index + ".pb");
      index++;
      if (!Files.exists(file)) {
        throw new Unusable("has no stored inputs");
      }
      ByteString stored = ByteString.copyFrom(Files.readAllBytes(file));
      switch (input.getType().getValueCase()) {
        case TENSOR_TYPE -> {
          TensorProto proto = TensorProto.parseFrom(stored);
          Tensor tensor = new TensorDecoder(OnnxLimits.DEFAULT, ExternalData.none()).decode(proto);
          if (NativeRun.canFeed(tensor.dataType())) {
            baked.addInput(input);
            inputs.put(input.getName(), tensor);
          } else {
            changed = true;
            baked.addInitializer(proto.toBuilder().setName(input.getName()));
          }
        }
        case SEQUENCE_TYPE -> {
          changed = true;
          baked.addNode(sequence(input.getName(), input.getType(), stored, baked));
        }
        default -> throw new Unusable("takes an input of type " + input.getType().getValueCase());
      }
    }
    baked.addAllNode(graph.getNodeList());
    byte[] runnable =
        changed
            ? model
                .setGraph(baked)
                .setIrVersion(Math.max(4, model.getIrVersion()))
                .build()
                .toByteArray()
            : bytes;
    return new ConformanceCase(name, runnable, inputs);
  }

  /// `SequenceProto`: field 3 holds the tensors, field 5 nested sequences.
  private static NodeProto sequence(
      String name, TypeProto type, ByteString stored, GraphProto.Builder graph)
      throws IOException, Unusable {
    UnknownFieldSet proto = UnknownFieldSet.parseFrom(stored);
    if (type.getSequenceType().getElemType().getValueCase() != TypeProto.ValueCase.TENSOR_TYPE) {
      throw new Unusable("takes a sequence of something else than tensors");
    }
    NodeProto.Builder node = NodeProto.newBuilder().addOutput(name);
    int count = 0;
    for (ByteString element : proto.getField(3).getLengthDelimitedList()) {
      String elementName = name + "__element_" + count++;
      graph.addInitializer(TensorProto.parseFrom(element).toBuilder().setName(elementName));
      node.addInput(elementName);
    }
    if (count > 0) {
      return node.setOpType("SequenceConstruct").build();
    }
    int elementType = type.getSequenceType().getElemType().getTensorType().getElemType();
    return node.setOpType("SequenceEmpty")
        .addAttribute(
            dev.quench.onnx.proto.OnnxProto.AttributeProto.newBuilder()
                .setName("dtype")
                .setType(AttributeType.INT.code())
                .setI(DataType.fromOnnxCode(elementType).orElse(DataType.FLOAT).onnxCode()))
        .build();
  }
}
