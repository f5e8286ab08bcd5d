// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.FunctionProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorAnnotation;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import dev.quench.tensor.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `GraphProto` and the nodes of `FunctionProto` to [Graph].
///
/// Defines every value of the graph first, then connects the nodes by name, so a node may read,
/// directly or in a nested graph, the output of a later node of the file. The result is sorted.
final class GraphDecoder {
  private final OnnxLimits limits;
  private final TensorDecoder tensors;
  private final AttributeDecoder attributes;
  private final boolean initializersAreConstant;
  private long nodeCount;

  /// @param irVersion below 4 an initializer that is also a graph input is a constant, from 4 on a
  ///   default
  GraphDecoder(OnnxLimits limits, TensorDecoder tensors, long irVersion) {
    this.limits = limits;
    this.tensors = tensors;
    this.attributes = new AttributeDecoder(tensors, this);
    this.initializersAreConstant = irVersion < 4;
  }

  /// @param depth 1 for a model's main graph
  void fill(Graph graph, GraphProto proto, int depth) {
    if (depth > limits.graphDepth()) {
      throw new ModelFormatException(
          "graph '%s' is nested %d deep, the limit is %d"
              .formatted(proto.getName(), depth, limits.graphDepth()));
    }
    graph.setDocString(proto.getDocString());
    graph.metadata().putAll(Entries.decode(proto.getMetadataPropsList()));
    graph.setUnrecognized(unrecognized(proto.getUnknownFields()));
    addInputs(graph, proto);
    for (TensorProto tensor : proto.getInitializerList()) {
      Value value = graph.addInitializer(tensor.getName(), tensors.decode(tensor));
      describe(value, tensor);
    }
    for (SparseTensorProto sparse : proto.getSparseInitializerList()) {
      Value value =
          graph.addSparseInitializer(sparse.getValues().getName(), tensors.decode(sparse));
      describe(value, sparse.getValues());
    }
    List<Node> nodes = addNodes(graph, proto.getNodeList());
    applyInfos(graph, proto.getValueInfoList());
    for (TensorAnnotation annotation : proto.getQuantizationAnnotationList()) {
      graph
          .resolve(annotation.getTensorName())
          .ifPresent(value ->
              value
                  .quantizationAnnotation()
                  .putAll(Entries.decode(annotation.getQuantParameterTensorNamesList())));
    }
    wire(graph, nodes, proto.getNodeList(), depth);
    for (ValueInfoProto output : proto.getOutputList()) {
      Value value = output(graph, output.getName());
      graph.addOutput(value);
      if (value.graph() == graph) {
        apply(value, output);
      }
    }
    graph.sortTopologically();
  }

  /// Fills the body of a function, which has no initializers and no outer values.
  void fill(Graph body, FunctionProto proto) {
    body.setDocString(proto.getDocString());
    body.setUnrecognized(unrecognized(proto.getUnknownFields()));
    for (String input : proto.getInputList()) {
      body.addInput(input, null);
    }
    List<Node> nodes = addNodes(body, proto.getNodeList());
    applyInfos(body, proto.getValueInfoList());
    wire(body, nodes, proto.getNodeList(), 1);
    for (String output : proto.getOutputList()) {
      body.addOutput(output(body, output));
    }
    body.sortTopologically();
  }

  AttributeValue attribute(AttributeProto proto, Graph owner, int depth) {
    return attributes.decode(proto, owner, depth);
  }

  private void addInputs(Graph graph, GraphProto proto) {
    Set<String> constants = new HashSet<>();
    if (initializersAreConstant) {
      proto.getInitializerList().forEach(tensor -> constants.add(tensor.getName()));
      proto.getSparseInitializerList().forEach(s -> constants.add(s.getValues().getName()));
    }
    for (ValueInfoProto input : proto.getInputList()) {
      if (!constants.contains(input.getName())) {
        Value value = graph.addInput(input.getName(), null);
        apply(value, input);
      }
    }
  }

  /// Adds the nodes with their outputs; inputs and attributes come with [#wire].
  private List<Node> addNodes(Graph graph, List<NodeProto> protos) {
    nodeCount += protos.size();
    if (nodeCount > limits.nodes()) {
      throw new ModelFormatException(
          "the model has more than %d nodes, the limit".formatted(limits.nodes()));
    }
    List<Node> nodes = new ArrayList<>(protos.size());
    for (NodeProto proto : protos) {
      if (proto.getOpType().isEmpty()) {
        throw new ModelFormatException(
            "graph '%s': node %d '%s' has no op_type"
                .formatted(graph.name(), nodes.size(), proto.getName()));
      }
      NodeBuilder builder =
          NodeBuilder.of(proto.getOpType())
              .unchecked()
              .domain(proto.getDomain())
              .overload(proto.getOverload())
              .name(proto.getName());
      proto.getOutputList().forEach(builder::output);
      Node node = graph.append(builder);
      node.setDocString(proto.getDocString());
      node.metadata().putAll(Entries.decode(proto.getMetadataPropsList()));
      node.setUnrecognized(unrecognized(proto.getUnknownFields()));
      nodes.add(node);
    }
    return nodes;
  }

  private void wire(Graph graph, List<Node> nodes, List<NodeProto> protos, int depth) {
    for (int i = 0; i < protos.size(); i++) {
      Node node = nodes.get(i);
      NodeProto proto = protos.get(i);
      for (int j = 0; j < proto.getInputCount(); j++) {
        node.setInput(j, input(graph, node, j, proto.getInput(j)));
      }
      for (AttributeProto attribute : proto.getAttributeList()) {
        String name = attribute.getName();
        if (node.attribute(name).isPresent()) {
          throw new ModelFormatException(
              "%s: attribute '%s' is given twice".formatted(node.describe(), name));
        }
        try {
          node.setAttribute(name, attributes.decode(attribute, graph, depth));
        } catch (ModelFormatException e) {
          throw new ModelFormatException(
              "%s attribute '%s': %s".formatted(node.describe(), name, e.getMessage()), e);
        }
      }
    }
  }

  private static Value input(Graph graph, Node node, int index, String name) {
    if (name.isEmpty()) {
      return Value.ABSENT;
    }
    return graph
        .resolve(name)
        .orElseThrow(() ->
            new ModelFormatException(
                "%s input %d: '%s' is neither a graph input, an initializer nor the output of a node; the file may lack an initializer"
                    .formatted(node.describe(), index, name)));
  }

  private static Value output(Graph graph, String name) {
    return graph
        .resolve(name)
        .orElseThrow(() ->
            new ModelFormatException(
                "graph '%s': its output '%s' is neither a graph input, an initializer nor the output of a node"
                    .formatted(graph.name(), name)));
  }

  private static void applyInfos(Graph graph, List<ValueInfoProto> infos) {
    Map<String, ValueInfoProto> byName = new HashMap<>();
    for (ValueInfoProto info : infos) {
      byName.put(info.getName(), info);
    }
    byName.forEach((name, info) -> graph.value(name).ifPresent(value -> apply(value, info)));
  }

  /// Refines the type of `value` by `info`; the type of an initializer is that of its tensor.
  private static void apply(Value value, ValueInfoProto info) {
    if (info.hasType() && !(value.isInitializer() && value.type().isPresent())) {
      ValueType type = type(value, info);
      if (type != null) {
        value.setType(type);
      }
    }
    if (!info.getDocString().isEmpty()) {
      value.setDocString(info.getDocString());
    }
    value.metadata().putAll(Entries.decode(info.getMetadataPropsList()));
  }

  private static @Nullable ValueType type(Value value, ValueInfoProto info) {
    try {
      return TypeDecoder.decode(info.getType());
    } catch (ModelFormatException e) {
      throw new ModelFormatException("type of '%s': %s".formatted(value.name(), e.getMessage()), e);
    }
  }

  private static void describe(Value value, TensorProto tensor) {
    if (value.docString().isEmpty()) {
      value.setDocString(tensor.getDocString());
    }
    value.metadata().putAll(Entries.decode(tensor.getMetadataPropsList()));
  }

  private static ByteString unrecognized(com.google.protobuf.UnknownFieldSet fields) {
    return fields.getSerializedSize() == 0
        ? ByteString.EMPTY
        : ByteString.copyOf(fields.toByteArray());
  }
}
