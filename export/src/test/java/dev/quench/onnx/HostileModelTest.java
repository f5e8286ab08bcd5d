// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.export.target.TensorRtTarget;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.UnsupportedOperatorException;
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
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.testing.PpOcr;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that were made, or broken, to do harm: each is refused with one message that says where
/// and what.
class HostileModelTest {
  private static final OnnxReader READER = new OnnxReader(OnnxLimits.DEFAULT);

  private static void assertRefused(byte[] bytes, String... words) {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> OnnxReader.read(bytes, "bad.onnx"))
        .satisfies(e ->
            assertThat(e.getMessage())
                .startsWith("bad.onnx: ")
                .contains(words)
                .doesNotContain("\n")
                .doesNotContain("\u001b"));
  }

  private static void assertRefused(GraphProto.Builder graph, String... words) {
    assertRefused(model(graph).toByteArray(), words);
  }

  private static ModelProto model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
        .setGraph(graph)
        .build();
  }

  private static ValueInfoProto floats(String name) {
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

  private static NodeProto.Builder node(String opType, List<String> inputs, String... outputs) {
    return NodeProto.newBuilder()
        .setOpType(opType)
        .setName("the_" + opType)
        .addAllInput(inputs)
        .addAllOutput(List.of(outputs));
  }

  private static GraphProto.Builder graph() {
    return GraphProto.newBuilder().setName("main").addInput(floats("x")).addOutput(floats("y"));
  }

  private static TensorProto.Builder tensor(long... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName("w").setDataType(1);
    Arrays.stream(dims).forEach(tensor::addDims);
    return tensor;
  }

  private static GraphProto.Builder using(TensorProto.Builder tensor) {
    return graph().addInitializer(tensor).addNode(node("Add", List.of("x", "w"), "y"));
  }

  @Nested
  class FilesAtLarge {
    @TempDir private Path folder;

    @Test
    void thatAreEmpty() {
      assertRefused(new byte[0], "empty");
    }

    @Test
    void thatAreText() {
      assertRefused("<html>no model</html>".getBytes(StandardCharsets.UTF_8), "ONNX model");
    }

    @Test
    void ofRandomBytes() {
      byte[] noise = new byte[10_000];
      new SplittableRandom(1).nextBytes(noise);
      assertRefused(noise, "ONNX model");
    }

    @Test
    void thatHoldNoGraph() {
      assertRefused(ModelProto.newBuilder().setIrVersion(8).build().toByteArray(), "no graph");
    }

    @Test
    void thatAreFolders() {
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> OnnxReader.read(folder))
          .withMessageContaining("not a regular file");
    }

    @Test
    void thatAreMissing() {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> OnnxReader.read(folder.resolve("gone.onnx")))
          .withMessageContaining("gone.onnx")
          .withMessageContaining("no such file");
    }

    @Test
    void thatAreLargerThanTheLimit() throws IOException {
      Path file = folder.resolve("large.onnx");
      Files.write(file, new byte[101]);
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> new OnnxReader(OnnxLimits.DEFAULT.withFileBytes(100)).readFile(file))
          .withMessageContaining("101")
          .withMessageContaining("100");
    }
  }

  @Nested
  class Graphs {
    @Test
    void withACycle() {
      assertRefused(
          graph()
              .addNode(node("Add", List.of("x", "b"), "a"))
              .addNode(node("Relu", List.of("a"), "b"))
              .addNode(node("Neg", List.of("b"), "y")),
          "cycle",
          "graph 'main'");
    }

    @Test
    void withANodeThatReadsItself() {
      assertRefused(graph().addNode(node("Add", List.of("x", "y"), "y")), "cycle");
    }

    @Test
    void withAMissingInitializer() {
      assertRefused(
          graph().addNode(node("Add", List.of("x", "w"), "y")),
          "Add 'the_Add' input 1",
          "'w'",
          "initializer");
    }

    @Test
    void withAMissingOutput() {
      assertRefused(graph().addNode(node("Relu", List.of("x"), "z")), "output 'y'");
    }

    @Test
    void withTwoValuesOfOneName() {
      assertRefused(
          graph().addNode(node("Relu", List.of("x"), "y")).addNode(node("Neg", List.of("x"), "y")),
          "'y'",
          "twice");
      assertRefused(graph().addNode(node("Relu", List.of("x"), "y", "y")), "'y'", "twice");
      assertRefused(graph().addNode(node("Relu", List.of("x"), "x")), "'x'", "twice");
      assertRefused(
          using(tensor(1).addFloatData(1)).addInitializer(tensor(1).addFloatData(1)),
          "'w'",
          "twice");
    }

    @Test
    void withANodeWithoutOperator() {
      assertRefused(
          graph().addNode(NodeProto.newBuilder().setName("odd").addOutput("y")), "op_type", "odd");
    }

    @Test
    void withAnAttributeGivenTwice() {
      AttributeProto alpha =
          AttributeProto.newBuilder().setName("alpha").setType(1).setF(1).build();
      assertRefused(
          graph().addNode(node("Elu", List.of("x"), "y").addAttribute(alpha).addAttribute(alpha)),
          "Elu 'the_Elu'",
          "'alpha'",
          "twice");
    }

    @Test
    void withAttributesOfNoKnownType() {
      assertRefused(
          graph()
              .addNode(
                  node("Elu", List.of("x"), "y")
                      .addAttribute(AttributeProto.newBuilder().setName("alpha").setType(77))),
          "Elu 'the_Elu' attribute 'alpha'",
          "77");
    }

    @Test
    void nestedDeeperThanTheLimit() {
      GraphProto.Builder inner = GraphProto.newBuilder().setName("innermost");
      for (int depth = 0; depth < 40; depth++) {
        inner = wrap(inner, depth);
      }
      assertRefused(inner, "nested");
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 100_000})
    void nestedAThousandDeepAndMore(int depth) throws IOException {
      assertRefused(deep(depth), "nested");
    }

    private static GraphProto.Builder wrap(GraphProto.Builder inner, int depth) {
      return GraphProto.newBuilder()
          .setName("depth" + depth)
          .addNode(
              NodeProto.newBuilder()
                  .setOpType("If")
                  .addAttribute(
                      AttributeProto.newBuilder()
                          .setName("then_branch")
                          .setType(AttributeType.GRAPH.code())
                          .setG(inner)));
    }

    /// Graphs in attributes of nodes of graphs, by hand: a builder could not be this deep.
    private static byte[] deep(int depth) {
      ArrayDeque<byte[]> headers = new ArrayDeque<>();
      long size = 0;
      for (int i = 0; i < depth; i++) {
        for (int field : new int[] {6, 5, 1}) {
          byte[] header = header(field, size);
          headers.push(header);
          size += header.length;
        }
      }
      byte[] graph = header(7, size);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(new byte[] {8, 8});
      out.writeBytes(graph);
      headers.forEach(out::writeBytes);
      return out.toByteArray();
    }

    private static byte[] header(int field, long length) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(field << 3 | 2);
      long rest = length;
      while (rest >= 128) {
        out.write((int) (rest & 127 | 128));
        rest >>>= 7;
      }
      out.write((int) rest);
      return out.toByteArray();
    }

    @Test
    void withMoreNodesThanTheLimit() {
      GraphProto.Builder many = GraphProto.newBuilder().setName("many");
      for (int i = 0; i < 11; i++) {
        many.addNode(NodeProto.newBuilder().setOpType("Constant").addOutput("c" + i));
      }
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() ->
              new OnnxReader(OnnxLimits.DEFAULT.withNodes(10))
                  .readBytes(model(many).toByteArray(), "bad.onnx", null))
          .withMessageContaining("more than 10 nodes");
    }

    /// Two bytes a node on the wire would be a hundred in memory.
    @Test
    void thatWouldGrowBeyondMemory() {
      int nodes = 30_000_000;
      byte[] tail = new byte[2 * nodes];
      for (int i = 0; i < nodes; i++) {
        tail[2 * i] = 1 << 3 | 2;
      }
      byte[] head = Graphs.header(7, tail.length);
      byte[] bytes = new byte[2 + head.length + tail.length];
      bytes[0] = 8;
      bytes[1] = 8;
      System.arraycopy(head, 0, bytes, 2, head.length);
      System.arraycopy(tail, 0, bytes, 2 + head.length, tail.length);
      assertRefused(bytes, "fields", "limit");
    }
  }

  @Nested
  class Tensors {
    @Test
    void withTheWrongNumberOfBytes() {
      assertRefused(
          using(tensor(2, 3).setRawData(ByteString.copyFrom(new byte[23]))),
          "tensor 'w'",
          "needs 24 bytes",
          "has 23");
    }

    @Test
    void withTheWrongNumberOfNumbers() {
      assertRefused(using(tensor(3).addFloatData(1)), "tensor 'w'", "needs 3", "got 1");
      assertRefused(using(tensor(3)), "tensor 'w'", "needs 3", "got 0");
    }

    @Test
    void whoseDimensionsOverflow() {
      assertRefused(using(tensor(1L << 40, 1L << 40)), "tensor 'w'", "overflows");
      assertRefused(using(tensor(Long.MAX_VALUE / 2)), "tensor 'w'", "overflows");
    }

    @Test
    void thatAreHugeWithoutData() {
      assertRefused(using(tensor(1L << 35)), "tensor 'w'", "limit");
      assertRefused(using(tensor(1L << 30)), "tensor 'w'", "got 0");
    }

    @Test
    void withNegativeDimensions() {
      assertRefused(using(tensor(-1)), "tensor 'w'", "[-1]");
    }

    @Test
    void ofUnknownType() {
      assertRefused(using(tensor(1).setDataType(99)), "tensor 'w'", "99");
    }

    @Test
    void inSegments() {
      assertRefused(
          using(tensor(1).addFloatData(1).setSegment(TensorProto.Segment.newBuilder().setEnd(1))),
          "tensor 'w'",
          "segments");
    }
  }

  @Nested
  class ExternalFiles {
    @TempDir private Path folder;

    private byte[] external(String location, String... more) {
      TensorProto.Builder tensor =
          tensor(2).setDataLocation(1).addExternalData(entry("location", location));
      for (int i = 0; i < more.length; i += 2) {
        tensor.addExternalData(entry(more[i], more[i + 1]));
      }
      return model(using(tensor)).toByteArray();
    }

    private StringStringEntryProto entry(String key, String value) {
      return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private void assertRefusedHere(byte[] bytes, String... words) {
      assertThatExceptionOfType(ModelFormatException.class)
          .isThrownBy(() -> READER.readBytes(bytes, "bad.onnx", folder))
          .satisfies(e -> assertThat(e.getMessage()).contains("tensor 'w'").contains(words));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "../../etc/passwd",
          "/etc/passwd",
          "sub/../../x",
          "sub/../inside.bin",
          "",
          ".",
          "a\u0000b"
        })
    void outsideOfTheModelsFolderAreRefused(String location) throws IOException {
      Files.write(folder.resolve("inside.bin"), new byte[8]);
      assertRefusedHere(external(location), "external data");
    }

    @Test
    void behindALinkAreRefused(@TempDir Path elsewhere) throws IOException {
      Path secret = Files.write(elsewhere.resolve("secret.bin"), new byte[8]);
      Files.createSymbolicLink(folder.resolve("innocent.bin"), secret);
      Files.createSymbolicLink(folder.resolve("linked"), elsewhere);
      assertRefusedHere(external("innocent.bin"), "refused", "a link", "inside the model's folder");
      assertRefusedHere(external("linked/secret.bin"), "refused");
    }

    @Test
    void thatAreMissingOrTooShortAreNamed() throws IOException {
      assertRefusedHere(external("gone.bin"), "'gone.bin'", "missing");
      Files.write(folder.resolve("short.bin"), new byte[7]);
      assertRefusedHere(external("short.bin"), "'short.bin'", "7 bytes", "8 bytes");
      assertRefusedHere(
          external("short.bin", "offset", Long.toString(Long.MAX_VALUE)), "'short.bin'");
    }

    @Test
    void withOddOffsetsAndLengthsAreRefused() throws IOException {
      Files.write(folder.resolve("data.bin"), new byte[64]);
      assertRefusedHere(external("data.bin", "offset", "-1"), "offset", "'-1'");
      assertRefusedHere(external("data.bin", "offset", "ten"), "offset", "'ten'");
      assertRefusedHere(external("data.bin", "length", "9"), "length 9", "8 bytes");
    }

    @Test
    void areRefusedForModelsFromMemory() {
      assertRefused(external("data.bin"), "tensor 'w'", "from memory");
    }

    @Test
    void insideTheFolderAreMapped() throws IOException {
      Files.write(
          folder.resolve("data.bin"), new byte[] {9, 9, 9, 9, 0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0});
      Model model =
          READER.readBytes(external("data.bin", "offset", "4", "length", "8"), "good", folder);
      assertThat(model.graph().value("w").orElseThrow().initializer().orElseThrow().toFloats())
          .containsExactly(1, 0);
    }
  }

  @Test
  void namesCannotReachTheTerminal() {
    assertRefused(
        graph()
            .addNode(
                node("Add", List.of("x", "\u001b[2J<script>\n\u202e"), "y")
                    .setName("\u001b]0;owned\u0007")),
        "\\u{1b}[2J",
        "\\u{7}");
  }

  @Test
  void mutatedModelsAreReadOrRefusedButNeverDoHarm() throws IOException {
    List<byte[]> seeds =
        List.of(
            Files.readAllBytes(Path.of("src/test/resources/nin-fashion-mnist.onnx")),
            PpOcr.DIRECTION.bytes(),
            model(using(tensor(2).addFloatData(1).addFloatData(2))).toByteArray());
    OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
    SessionOptions options = SessionOptions.DEFAULT.withThreads(1).withOptimization(false);
    int read = 0;
    int refused = 0;
    int opened = 0;
    for (int i = 0; i < 600; i++) {
      byte[] mutant = Mutation.of(seeds.get(i % seeds.size()), new SplittableRandom(i));
      Model model;
      try {
        model = OnnxReader.read(mutant, "mutant " + i);
        read++;
      } catch (ModelFormatException e) {
        assertThat(e.getMessage()).startsWith("mutant " + i + ": ").doesNotContain("\n");
        refused++;
        continue;
      }
      try {
        TensorRtTarget.check(model);
        new OpsetUpgrade(13).apply(model.copy());
      } catch (ModelFormatException | UnsupportedOperatorException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
      try (Session session = backend.open(model, options)) {
        assertThat(session.inputs()).isNotNull();
        opened++;
      } catch (BackendException e) {
        assertThat(e.getMessage()).startsWith("onnxruntime");
      }
    }
    System.out.printf(
        "hostile models: %d mutants, %d refused, %d read, %d of these opened by ONNX Runtime%n",
        read + refused, refused, read, opened);
    assertThat(opened).isPositive();
    assertThat(refused).isGreaterThan(100);
  }
}
