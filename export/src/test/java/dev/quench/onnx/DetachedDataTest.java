// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.FunctionProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
import dev.quench.onnx.proto.OnnxProto.OperatorSetIdProto;
import dev.quench.onnx.proto.OnnxProto.SparseTensorProto;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import dev.quench.onnx.proto.OnnxProto.ValueInfoProto;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetachedDataTest {
  private static final int BEYOND_MEMORY = (16 << 20) + 4;

  private final Random random = new Random(3);
  private final DetachedData detached = new DetachedData();

  private ByteString noise(int bytes) {
    byte[] noise = new byte[bytes];
    random.nextBytes(noise);
    return ByteString.copyFrom(noise);
  }

  private TensorProto tensor(String name, int floats) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.FLOAT.onnxCode())
        .addDims(floats)
        .setRawData(noise(4 * floats))
        .build();
  }

  private NodeProto constant(int floats) {
    return NodeProto.newBuilder()
        .setOpType("Constant")
        .addAttribute(
            AttributeProto.newBuilder().setName("value").setType(4).setT(tensor("", floats)))
        .build();
  }

  /// Data on both sides of the limit in every place that a model has for them.
  private ModelProto everywhere() {
    GraphProto nested =
        GraphProto.newBuilder()
            .setName("then")
            .addInitializer(tensor("inner", 5000))
            .addNode(constant(1023))
            .build();
    NodeProto branch =
        NodeProto.newBuilder()
            .setOpType("If")
            .addAttribute(AttributeProto.newBuilder().setName("then_branch").setG(nested))
            .addAttribute(AttributeProto.newBuilder().setName("all").addGraphs(nested))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setDocString("x".repeat(10_000))
        .setGraph(
            GraphProto.newBuilder()
                .addNode(branch)
                .addNode(constant(4096))
                .addInitializer(tensor("small", 3))
                .addInitializer(tensor("w", 1024))
                .addInitializer(tensor("wide", 100_000))
                .addSparseInitializer(
                    SparseTensorProto.newBuilder()
                        .setValues(tensor("sparse", 2000))
                        .setIndices(tensor("", 10)))
                .setUnknownFields(unknown()))
        .addFunctions(FunctionProto.newBuilder().setName("f").addNode(constant(1200)))
        .build();
  }

  private UnknownFieldSet unknown() {
    return UnknownFieldSet.newBuilder()
        .addField(999, UnknownFieldSet.Field.newBuilder().addLengthDelimited(noise(9000)).build())
        .build();
  }

  private ModelProto cut(byte[] bytes) throws IOException {
    return ModelProto.parseFrom(
        DataCut.of(MemorySegment.ofArray(bytes), detached, OnnxLimits.DEFAULT));
  }

  @Test
  void cuttingAndSplicingGivesTheSameBytes() throws IOException {
    byte[] bytes = everywhere().toByteArray();
    ModelProto cut = cut(bytes);
    assertThat(cut.getSerializedSize()).isLessThan(40_000);
    ByteArrayOutputStream spliced = new ByteArrayOutputStream();
    DataSplice.write(cut, detached, spliced);
    assertThat(spliced.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void onlyLargeDataAreCut() throws IOException {
    GraphProto graph = cut(everywhere().toByteArray()).getGraph();
    assertThat(graph.getInitializer(0).getRawData().size()).isEqualTo(12);
    assertThat(graph.getInitializer(1).getRawData().size()).isLessThan(32);
    assertThat(detached.data(graph.getInitializer(2).getRawData()).byteSize()).isEqualTo(400_000);
  }

  @Test
  void aMarkOfAnotherFileStandsForNothing() throws IOException {
    ModelProto cut = cut(everywhere().toByteArray());
    ByteString mark = cut.getGraph().getInitializer(1).getRawData();
    assertThat(new DetachedData().data(mark).byteSize()).isEqualTo(mark.size());
  }

  @Test
  void truncatedFilesAreRefused() {
    byte[] bytes = everywhere().toByteArray();
    for (int i = 0; i < 500; i++) {
      byte[] part = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> cut(part));
    }
  }

  @Test
  void changedBytesDoNoHarm() {
    byte[] bytes = everywhere().toByteArray();
    for (int i = 0; i < 2000; i++) {
      byte[] changed = bytes.clone();
      changed[random.nextInt(bytes.length)] = (byte) random.nextInt();
      try {
        cut(changed);
      } catch (IOException _) {
        continue; // refused
      }
    }
    assertThat(detached.bytes()).isPositive();
  }

  @Test
  void messagesNestedTooDeeplyAreRefused() {
    GraphProto graph = GraphProto.newBuilder().addInitializer(tensor("w", 2000)).build();
    for (int depth = 0; depth < 60; depth++) {
      graph =
          GraphProto.newBuilder()
              .addNode(NodeProto.newBuilder().addAttribute(AttributeProto.newBuilder().setG(graph)))
              .build();
    }
    byte[] bytes = ModelProto.newBuilder().setGraph(graph).build().toByteArray();
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> cut(bytes))
        .withMessage("messages are nested more than 160 deep");
  }

  @Test
  void weightsOfALargeFileAreMapped(@TempDir Path folder) throws IOException {
    TensorProto weights = tensor("w", BEYOND_MEMORY / 4);
    Path file = folder.resolve("large.onnx");
    Files.write(
        file,
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
            .setGraph(
                GraphProto.newBuilder()
                    .addInitializer(weights)
                    .addOutput(ValueInfoProto.newBuilder().setName("w")))
            .build()
            .toByteArray());
    Model model = OnnxReader.read(file);
    Tensor read = model.graph().value("w").orElseThrow().initializer().orElseThrow();
    assertThat(read.bytes().isMapped()).isTrue();
    assertThat(read.bytes().mismatch(MemorySegment.ofArray(weights.getRawData().toByteArray())))
        .isEqualTo(-1);
    OnnxWriter.write(model, folder.resolve("again.onnx"));
    assertThat(folder.resolve("again.onnx")).hasBinaryContent(OnnxWriter.toBytes(model));
  }
}
