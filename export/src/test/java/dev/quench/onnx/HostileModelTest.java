// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.HostileModels.assertRefused;
import static dev.quench.onnx.HostileModels.graph;
import static dev.quench.onnx.HostileModels.model;
import static dev.quench.onnx.HostileModels.node;
import static dev.quench.onnx.HostileModels.tensor;
import static dev.quench.onnx.HostileModels.using;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.export.target.TensorRtTarget;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.onnx.proto.OnnxProto.AttributeProto;
import dev.quench.onnx.proto.OnnxProto.GraphProto;
import dev.quench.onnx.proto.OnnxProto.ModelProto;
import dev.quench.onnx.proto.OnnxProto.NodeProto;
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
