// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.OnnxProtos.assertSurvives;
import static dev.quench.onnx.OnnxProtos.floats;
import static dev.quench.onnx.OnnxProtos.graph;
import static dev.quench.onnx.OnnxProtos.info;
import static dev.quench.onnx.OnnxProtos.model;
import static dev.quench.onnx.OnnxProtos.node;
import static dev.quench.onnx.OnnxProtos.rawFloats;
import static dev.quench.onnx.OnnxProtos.read;
import static dev.quench.onnx.OnnxProtos.roundTrip;
import static dev.quench.onnx.OnnxProtos.tensorType;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Initializers survive reading and writing.
class InitializerRoundTripTest {
  @Test
  void sparseOnesStaySparse() throws Exception {
    SparseTensorProto sparse =
        SparseTensorProto.newBuilder()
            .setValues(rawFloats("w", 5, 6))
            .setIndices(
                TensorProto.newBuilder()
                    .setDataType(7)
                    .addDims(2)
                    .setRawData(
                        ByteString.copyFrom(
                            new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0})))
            .addDims(2)
            .addDims(2)
            .build();
    assertSurvives(
        model(
                graph()
                    .addInput(floats("x", 2, 2))
                    .addOutput(floats("y", 2, 2))
                    .addSparseInitializer(sparse)
                    .addNode(node("MatMul", List.of("x", "w"), "y")))
            .build());
  }

  @Test
  void thatAreInputsAreDefaultsFromIrVersion4On() throws Exception {
    ModelProto proto =
        model(
                graph()
                    .addInput(floats("x", 2))
                    .addInput(floats("w", 2))
                    .addOutput(floats("y", 2))
                    .addInitializer(rawFloats("w", 1, 2))
                    .addNode(node("Add", List.of("x", "w"), "y")))
            .build();
    assertSurvives(proto);
    Graph graph = read(proto).graph();
    assertThat(graph.requiredInputs()).extracting(Value::name).containsExactly("x");
    assertThat(graph.value("w").orElseThrow().constant()).isEmpty();
  }

  @Test
  void thatAreInputsAreConstantsBeforeIrVersion4() throws Exception {
    ModelProto proto =
        model(
                graph()
                    .addInput(floats("x", 2))
                    .addInput(floats("w", 2))
                    .addOutput(floats("y", 2))
                    .addInitializer(rawFloats("w", 1, 2))
                    .addNode(node("Add", List.of("x", "w"), "y")))
            .setIrVersion(3)
            .build();
    Graph graph = read(proto).graph();
    assertThat(graph.inputs()).extracting(Value::name).containsExactly("x");
    assertThat(graph.value("w").orElseThrow().constant()).isPresent();
    ModelProto written = roundTrip(proto);
    assertThat(written.getIrVersion()).isEqualTo(4);
    assertThat(written.getGraph().getInputCount()).isEqualTo(1);
  }

  @Test
  void stringsMayBeAnyBytes() throws Exception {
    assertSurvives(
        model(
                graph()
                    .addOutput(info("w", tensorType(DataType.STRING, 2)))
                    .addInitializer(
                        TensorProto.newBuilder()
                            .setName("w")
                            .setDataType(DataType.STRING.onnxCode())
                            .addDims(2)
                            .addStringData(ByteString.copyFrom(new byte[] {(byte) 0xfe}))
                            .addStringData(ByteString.EMPTY)))
            .build());
  }

  @ParameterizedTest
  @EnumSource(value = DataType.class, mode = EnumSource.Mode.EXCLUDE, names = "STRING")
  void fromTypedFieldsBecomeLittleEndianBytes(DataType type) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setName("w").setDataType(type.onnxCode()).addDims(3);
    switch (type) {
      case FLOAT -> proto.addAllFloatData(List.of(1f, -2f, 0.5f));
      case COMPLEX64 -> proto.addAllFloatData(List.of(1f, -2f, 0.5f, 1f, 2f, 3f));
      case DOUBLE -> proto.addAllDoubleData(List.of(1d, -2d, 0.5d));
      case COMPLEX128 -> proto.addAllDoubleData(List.of(1d, -2d, 0.5d, 1d, 2d, 3d));
      case INT64 -> proto.addAllInt64Data(List.of(1L, -2L, Long.MAX_VALUE));
      case UINT64, UINT32 -> proto.addAllUint64Data(List.of(1L, 2L, 0xFFFFFFFFL));
      case INT4, UINT4, FLOAT4E2M1 -> proto.addAllInt32Data(List.of(0x21, 0x03));
      default -> proto.addAllInt32Data(List.of(1, 0, 1));
    }
    Tensor tensor =
        new TensorDecoder(OnnxLimits.DEFAULT, ExternalData.none()).decode(proto.build());
    assertThat(tensor.shape()).isEqualTo(Shape.of(3));
    assertThat(tensor.byteSize()).isEqualTo(type.byteSize(3));
    switch (type) {
      case FLOAT, DOUBLE -> assertThat(tensor.toDoubles()).containsExactly(1, -2, 0.5);
      case INT64 -> assertThat(tensor.toLongs()).containsExactly(1, -2, Long.MAX_VALUE);
      case UINT64, UINT32 -> assertThat(tensor.toLongs()).containsExactly(1, 2, 0xFFFFFFFFL);
      case INT4, UINT4 -> assertThat(tensor.toLongs()).containsExactly(1, 2, 3);
      case FLOAT4E2M1 -> assertThat(tensor.toDoubles()).containsExactly(0.5, 1, 1.5);
      case INT8, INT16, INT32, UINT8, UINT16, BOOL ->
          assertThat(tensor.toLongs()).containsExactly(1, 0, 1);
      case COMPLEX64 ->
          assertThat(tensor.bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getFloat(4))
              .isEqualTo(-2f);
      case COMPLEX128 ->
          assertThat(tensor.bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getDouble(8))
              .isEqualTo(-2d);
      default -> assertThat(tensor.doubleAt(0)).isEqualTo(tensor.doubleAt(2));
    }
  }
}
