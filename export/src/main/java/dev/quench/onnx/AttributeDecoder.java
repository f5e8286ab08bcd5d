// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Graph;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.ValueType;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.tensor.ByteString;
import java.util.ArrayList;
import java.util.List;

/// `AttributeProto` to [AttributeValue].
final class AttributeDecoder {
  private final TensorDecoder tensors;
  private final GraphDecoder graphs;

  AttributeDecoder(TensorDecoder tensors, GraphDecoder graphs) {
    this.tensors = tensors;
    this.graphs = graphs;
  }

  /// @param owner graph of the node that has the attribute: the parent of nested graphs
  /// @param depth of `owner`
  AttributeValue decode(AttributeProto proto, Graph owner, int depth) {
    if (!proto.getRefAttrName().isEmpty()) {
      return new AttributeValue.Reference(proto.getRefAttrName(), proto.getType());
    }
    return switch (type(proto)) {
      case FLOAT -> new AttributeValue.FloatValue(proto.getF());
      case INT -> new AttributeValue.IntValue(proto.getI());
      case STRING -> new AttributeValue.TextValue(text(proto.getS()));
      case TENSOR -> new AttributeValue.TensorValue(tensors.decode(proto.getT()));
      case GRAPH -> new AttributeValue.GraphValue(graph(proto.getG(), owner, depth));
      case FLOATS -> new AttributeValue.Floats(proto.getFloatsList());
      case INTS -> new AttributeValue.Ints(proto.getIntsList());
      case STRINGS ->
          new AttributeValue.Texts(
              proto.getStringsList().stream().map(AttributeDecoder::text).toList());
      case TENSORS ->
          new AttributeValue.Tensors(proto.getTensorsList().stream().map(tensors::decode).toList());
      case GRAPHS -> {
        List<Graph> nested = new ArrayList<>();
        for (GraphProto graph : proto.getGraphsList()) {
          nested.add(graph(graph, owner, depth));
        }
        yield new AttributeValue.Graphs(nested);
      }
      case SPARSE_TENSOR ->
          new AttributeValue.SparseTensorValue(tensors.decode(proto.getSparseTensor()));
      case SPARSE_TENSORS ->
          new AttributeValue.SparseTensors(
              proto.getSparseTensorsList().stream().map(tensors::decode).toList());
      case TYPE -> new AttributeValue.TypeValue(valueType(proto.getTp()));
      case TYPES ->
          new AttributeValue.Types(
              proto.getTypeProtosList().stream().map(AttributeDecoder::valueType).toList());
    };
  }

  private Graph graph(GraphProto proto, Graph owner, int depth) {
    Graph nested = new Graph(proto.getName(), owner);
    graphs.fill(nested, proto, depth + 1);
    return nested;
  }

  private static ValueType valueType(TypeProto proto) {
    ValueType type = TypeDecoder.decode(proto);
    if (type == null) {
      throw new ModelFormatException("holds an empty type, expected an element type");
    }
    return type;
  }

  private static ByteString text(com.google.protobuf.ByteString bytes) {
    return ByteString.copyOf(bytes.toByteArray());
  }

  /// The declared type or, in files of IR versions that did not declare it, the type of the field
  /// that is set.
  private static AttributeType type(AttributeProto proto) {
    int code = proto.getType();
    for (AttributeType type : AttributeType.values()) {
      if (type.code() == code) {
        requireContent(proto, type);
        return type;
      }
    }
    if (code != 0) {
      throw new ModelFormatException(
          "attribute type code %d is unknown; expected 1 to 14".formatted(code));
    }
    for (AttributeType type : AttributeType.values()) {
      if (isThere(proto, type)) {
        return type;
      }
    }
    throw new ModelFormatException("has neither a type nor a value");
  }

  private static void requireContent(AttributeProto proto, AttributeType type) {
    boolean message =
        switch (type) {
          case TENSOR, GRAPH, SPARSE_TENSOR, TYPE -> true;
          default -> false;
        };
    if (message && !isThere(proto, type)) {
      throw new ModelFormatException("is declared as %s but holds none".formatted(type));
    }
  }

  private static boolean isThere(AttributeProto proto, AttributeType type) {
    return switch (type) {
      case FLOAT -> proto.hasF();
      case INT -> proto.hasI();
      case STRING -> proto.hasS();
      case TENSOR -> proto.hasT();
      case GRAPH -> proto.hasG();
      case FLOATS -> proto.getFloatsCount() > 0;
      case INTS -> proto.getIntsCount() > 0;
      case STRINGS -> proto.getStringsCount() > 0;
      case TENSORS -> proto.getTensorsCount() > 0;
      case GRAPHS -> proto.getGraphsCount() > 0;
      case SPARSE_TENSOR -> proto.hasSparseTensor();
      case SPARSE_TENSORS -> proto.getSparseTensorsCount() > 0;
      case TYPE -> proto.hasTp();
      case TYPES -> proto.getTypeProtosCount() > 0;
    };
  }
}
