// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.OnnxProtos.assertSurvives;
import static dev.quench.onnx.OnnxProtos.floats;
import static dev.quench.onnx.OnnxProtos.graph;
import static dev.quench.onnx.OnnxProtos.info;
import static dev.quench.onnx.OnnxProtos.model;
import static dev.quench.onnx.OnnxProtos.node;
import static dev.quench.onnx.OnnxProtos.tensorType;

import dev.quench.onnx.proto.OnnxProto.TensorShapeProto;
import dev.quench.onnx.proto.OnnxProto.TypeProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import dev.quench.tensor.DataType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Types of values survive reading and writing.
class TypeRoundTripTest {
  @Test
  void symbolicUnknownAndAbsentShapes() throws Exception {
    TypeProto mixed =
        TypeProto.newBuilder()
            .setTensorType(
                TypeProto.Tensor.newBuilder()
                    .setElemType(1)
                    .setShape(
                        TensorShapeProto.newBuilder()
                            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
                            .addDim(TensorShapeProto.Dimension.newBuilder())
                            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(0))))
            .build();
    TypeProto unranked =
        TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(1)).build();
    assertSurvives(
        model(
                graph()
                    .addInput(info("a", mixed))
                    .addInput(info("b", unranked))
                    .addInput(floats("scalar"))
                    .addOutput(ValueInfoProto.newBuilder().setName("y"))
                    .addNode(node("Sum", List.of("a", "b", "scalar"), "y")))
            .build());
  }

  @Test
  void sequencesOptionalsMapsAndSparseTensors() throws Exception {
    TypeProto sequence =
        TypeProto.newBuilder()
            .setSequenceType(
                TypeProto.Sequence.newBuilder().setElemType(tensorType(DataType.INT64, 3)))
            .build();
    TypeProto optional =
        TypeProto.newBuilder()
            .setOptionalType(TypeProto.Optional.newBuilder().setElemType(sequence))
            .build();
    TypeProto map =
        TypeProto.newBuilder()
            .setMapType(
                TypeProto.Map.newBuilder()
                    .setKeyType(DataType.STRING.onnxCode())
                    .setValueType(tensorType(DataType.FLOAT)))
            .build();
    TypeProto sparse =
        TypeProto.newBuilder()
            .setSparseTensorType(TypeProto.SparseTensor.newBuilder().setElemType(1))
            .build();
    assertSurvives(
        model(
                graph()
                    .addInput(info("s", sequence))
                    .addInput(info("o", optional))
                    .addInput(info("m", map))
                    .addInput(info("p", sparse))
                    .addOutput(info("y", optional))
                    .addNode(node("Identity", List.of("o"), "y")))
            .build());
  }
}
