// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import com.google.protobuf.ByteString;
import dev.quench.graph.AttributeValue;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;

/// [AttributeValue] to `AttributeProto`.
final class AttributeEncoder {
  private final TensorEncoder tensors;
  private final GraphEncoder graphs;

  AttributeEncoder(TensorEncoder tensors, GraphEncoder graphs) {
    this.tensors = tensors;
    this.graphs = graphs;
  }

  AttributeProto encode(String name, AttributeValue attribute) {
    AttributeProto.Builder proto = AttributeProto.newBuilder().setName(name);
    int typeCode =
        switch (attribute) {
          case AttributeValue.FloatValue(float value) -> {
            proto.setF(value);
            yield AttributeType.FLOAT.code();
          }
          case AttributeValue.IntValue(long value) -> {
            proto.setI(value);
            yield AttributeType.INT.code();
          }
          case AttributeValue.TextValue(var value) -> {
            proto.setS(ByteString.copyFrom(value.toByteArray()));
            yield AttributeType.STRING.code();
          }
          case AttributeValue.TensorValue(var value) -> {
            proto.setT(TensorEncoder.inline("", value));
            yield AttributeType.TENSOR.code();
          }
          case AttributeValue.SparseTensorValue(var value) -> {
            proto.setSparseTensor(tensors.sparse("", value));
            yield AttributeType.SPARSE_TENSOR.code();
          }
          case AttributeValue.GraphValue(var value) -> {
            proto.setG(graphs.encode(value));
            yield AttributeType.GRAPH.code();
          }
          case AttributeValue.TypeValue(var value) -> {
            proto.setTp(TypeEncoder.encode(value));
            yield AttributeType.TYPE.code();
          }
          case AttributeValue.Floats(var values) -> {
            proto.addAllFloats(values);
            yield AttributeType.FLOATS.code();
          }
          case AttributeValue.Ints(var values) -> {
            proto.addAllInts(values);
            yield AttributeType.INTS.code();
          }
          case AttributeValue.Texts(var values) -> {
            values.forEach(value -> proto.addStrings(ByteString.copyFrom(value.toByteArray())));
            yield AttributeType.STRINGS.code();
          }
          case AttributeValue.Tensors(var values) -> {
            values.forEach(value -> proto.addTensors(TensorEncoder.inline("", value)));
            yield AttributeType.TENSORS.code();
          }
          case AttributeValue.SparseTensors(var values) -> {
            values.forEach(value -> proto.addSparseTensors(tensors.sparse("", value)));
            yield AttributeType.SPARSE_TENSORS.code();
          }
          case AttributeValue.Graphs(var values) -> {
            values.forEach(value -> proto.addGraphs(graphs.encode(value)));
            yield AttributeType.GRAPHS.code();
          }
          case AttributeValue.Types(var values) -> {
            values.forEach(value -> proto.addTypeProtos(TypeEncoder.encode(value)));
            yield AttributeType.TYPES.code();
          }
          case AttributeValue.Reference(String attributeOfFunction, int code) -> {
            proto.setRefAttrName(attributeOfFunction);
            yield code;
          }
        };
    return proto.setType(typeCode).build();
  }
}
