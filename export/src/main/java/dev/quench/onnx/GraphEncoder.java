// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.onnx.proto.OnnxProto.FunctionProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorAnnotation;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import dev.quench.tensor.ByteString;
import java.util.List;

/// [Graph] to `GraphProto` and [Function] to `FunctionProto`.
final class GraphEncoder {
  private final TensorEncoder tensors;
  private final AttributeEncoder attributes;

  GraphEncoder(TensorSink sink) {
    this.tensors = new TensorEncoder(sink);
    this.attributes = new AttributeEncoder(tensors, this);
  }

  GraphProto encode(Graph graph) {
    GraphProto.Builder proto = GraphProto.newBuilder().setName(graph.name());
    if (!graph.docString().isEmpty()) {
      proto.setDocString(graph.docString());
    }
    proto.addAllMetadataProps(Entries.encode(graph.metadata()));
    proto.setUnknownFields(unrecognized(graph.unrecognized()));
    graph.inputs().forEach(input -> proto.addInput(info(input)));
    graph.outputs().forEach(output -> proto.addOutput(info(output)));
    for (Value value : graph.values()) {
      value.initializer().ifPresent(tensor -> proto.addInitializer(dense(value, tensor)));
      value.sparseInitializer().ifPresent(t -> proto.addSparseInitializer(sparse(value, t)));
      if (isWorthAnInfo(value)) {
        proto.addValueInfo(info(value));
      }
      if (!value.quantizationAnnotation().isEmpty()) {
        proto.addQuantizationAnnotation(
            TensorAnnotation.newBuilder()
                .setTensorName(value.name())
                .addAllQuantParameterTensorNames(Entries.encode(value.quantizationAnnotation())));
      }
    }
    graph.nodes().forEach(node -> proto.addNode(encode(node)));
    return proto.build();
  }

  FunctionProto encode(Function function) {
    Graph body = function.body();
    FunctionProto.Builder proto =
        FunctionProto.newBuilder()
            .setName(function.name())
            .setDomain(function.domain())
            .addAllOpsetImport(imports(body));
    if (!function.overload().isEmpty()) {
      proto.setOverload(function.overload());
    }
    if (!body.docString().isEmpty()) {
      proto.setDocString(body.docString());
    }
    proto.setUnknownFields(unrecognized(body.unrecognized()));
    proto.addAllMetadataProps(Entries.encode(function.metadata()));
    proto.addAllAttribute(function.attributes());
    function
        .attributeDefaults()
        .forEach((name, value) -> proto.addAttributeProto(attributes.encode(name, value)));
    body.inputs().forEach(input -> proto.addInput(input.name()));
    body.outputs().forEach(output -> proto.addOutput(output.name()));
    for (Value value : body.values()) {
      // A function has no initializers: constants that a pass added become nodes.
      value
          .initializer()
          .ifPresent(tensor ->
              proto.addNode(constant(value, "value", new AttributeValue.TensorValue(tensor))));
      value
          .sparseInitializer()
          .ifPresent(tensor ->
              proto.addNode(
                  constant(value, "sparse_value", new AttributeValue.SparseTensorValue(tensor))));
      if (value.type().isPresent() || hasWords(value)) {
        proto.addValueInfo(info(value));
      }
    }
    body.nodes().forEach(node -> proto.addNode(encode(node)));
    return proto.build();
  }

  static List<OperatorSetIdProto> imports(Graph graph) {
    return graph.opsets().versions().entrySet().stream()
        .map(entry ->
            OperatorSetIdProto.newBuilder()
                .setDomain(entry.getKey())
                .setVersion(entry.getValue())
                .build())
        .toList();
  }

  /// Fields that the reader did not recognize, parsed just enough for protobuf to write them back.
  static UnknownFieldSet unrecognized(ByteString serialized) {
    try {
      return UnknownFieldSet.parseFrom(serialized.toByteArray());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "unrecognized fields of a model, graph or node must be serialized protobuf fields", e);
    }
  }

  private NodeProto encode(Node node) {
    NodeProto.Builder proto = NodeProto.newBuilder().setOpType(node.opType());
    if (!node.name().isEmpty()) {
      proto.setName(node.name());
    }
    if (!node.domain().isEmpty()) {
      proto.setDomain(node.domain());
    }
    if (!node.overload().isEmpty()) {
      proto.setOverload(node.overload());
    }
    if (!node.docString().isEmpty()) {
      proto.setDocString(node.docString());
    }
    proto.addAllMetadataProps(Entries.encode(node.metadata()));
    proto.setUnknownFields(unrecognized(node.unrecognized()));
    node.inputs().forEach(input -> proto.addInput(input.name()));
    node.outputs().forEach(output -> proto.addOutput(output.name()));
    node.attributes().forEach((name, value) -> proto.addAttribute(attributes.encode(name, value)));
    return proto.build();
  }

  private NodeProto constant(Value value, String attribute, AttributeValue data) {
    return NodeProto.newBuilder()
        .setOpType("Constant")
        .addOutput(value.name())
        .addAttribute(attributes.encode(attribute, data))
        .build();
  }

  private TensorProto.Builder dense(Value value, dev.quench.tensor.Tensor tensor) {
    TensorProto.Builder proto = tensors.initializer(value.name(), tensor);
    if (!value.isGraphInput()) {
      describe(value, proto);
    }
    return proto;
  }

  private SparseTensorProto.Builder sparse(Value value, dev.quench.tensor.SparseTensor tensor) {
    SparseTensorProto.Builder proto = tensors.sparse(value.name(), tensor);
    if (!value.isGraphInput()) {
      describe(value, proto.getValuesBuilder());
    }
    return proto;
  }

  private static void describe(Value value, TensorProto.Builder proto) {
    if (!value.docString().isEmpty()) {
      proto.setDocString(value.docString());
    }
    proto.addAllMetadataProps(Entries.encode(value.metadata()));
  }

  /// Inputs, outputs and initializers state their type where they are defined; all others here.
  private static boolean isWorthAnInfo(Value value) {
    boolean saidElsewhere =
        value.isGraphInput() || value.isInitializer() || value.isOutputOfItsGraph();
    return !saidElsewhere && (value.type().isPresent() || hasWords(value));
  }

  private static boolean hasWords(Value value) {
    return !value.docString().isEmpty() || !value.metadata().isEmpty();
  }

  private static ValueInfoProto info(Value value) {
    ValueInfoProto.Builder proto = ValueInfoProto.newBuilder().setName(value.name());
    value.type().ifPresent(type -> proto.setType(TypeEncoder.encode(type)));
    if (!value.docString().isEmpty()) {
      proto.setDocString(value.docString());
    }
    return proto.addAllMetadataProps(Entries.encode(value.metadata())).build();
  }
}
