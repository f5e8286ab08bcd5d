// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxWriterTest {
  @TempDir private Path folder;

  private static GraphMaker dense() {
    GraphMaker made = new GraphMaker(17, 1);
    Value x = made.input("x", 2, 40);
    Value hidden =
        made.node(NodeBuilder.of("MatMul").inputs(x, made.weights("w1", 40, 50)).output("h"))
            .output(0);
    Value small = made.weights("bias", 50);
    Value shifted = made.node(NodeBuilder.of("Add").inputs(hidden, small).output("s")).output(0);
    made.output(NodeBuilder.of("MatMul").inputs(shifted, made.weights("w2", 50, 10)), "y");
    return made;
  }

  private List<String> files() throws IOException {
    try (Stream<Path> listed = Files.list(folder)) {
      return listed.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void writesWhatReadsBack() throws IOException {
    GraphMaker made = dense();
    OnnxWriter.write(made.model(), folder.resolve("m.onnx"));
    assertThat(files()).containsExactly("m.onnx");
    Model again = OnnxReader.read(folder.resolve("m.onnx"));
    Execution.assertSameBits(
        Execution.run(again, made.inputs()), Execution.run(made.model(), made.inputs()));
  }

  @Test
  void putsLargeWeightsBesideTheModelWhenAsked() throws IOException {
    GraphMaker made = dense();
    OnnxWriter.write(made.model(), folder.resolve("m.onnx"), OnnxWriter.Options.EXTERNAL);
    assertThat(files()).containsExactly("m.onnx", "m.onnx.data");
    assertThat(Files.size(folder.resolve("m.onnx"))).isLessThan(1500);
    assertThat(Files.size(folder.resolve("m.onnx.data"))).isEqualTo(2 * 4096 + 50 * 10 * 4);
    Model again = OnnxReader.read(folder.resolve("m.onnx"));
    Execution.assertSameBits(
        Execution.run(again, made.inputs()), Execution.run(made.model(), made.inputs()));
  }

  @Test
  void replacesAModelWhoseWeightsAreStillInUse() throws IOException {
    Path file = folder.resolve("m.onnx");
    GraphMaker made = dense();
    OnnxWriter.write(made.model(), file, OnnxWriter.Options.EXTERNAL);
    Model mapped = OnnxReader.read(file);
    OnnxWriter.write(mapped, file, new OnnxWriter.Options(true, 2000));
    OnnxWriter.write(mapped, file, new OnnxWriter.Options(true, 0));
    Execution.assertSameBits(
        Execution.run(OnnxReader.read(file), made.inputs()), Execution.run(mapped, made.inputs()));
  }

  @Test
  void weightsBesideTheModelAreMappedNotLoaded() throws IOException {
    OnnxWriter.write(dense().model(), folder.resolve("m.onnx"), OnnxWriter.Options.EXTERNAL);
    Value weights = OnnxReader.read(folder.resolve("m.onnx")).graph().value("w1").orElseThrow();
    assertThat(weights.initializer().orElseThrow().bytes().isMapped()).isTrue();
  }

  @Test
  void leavesNothingWhereItCannotWrite() throws IOException {
    Path file = folder.resolve("missing").resolve("m.onnx");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> OnnxWriter.write(dense().model(), file))
        .withMessageContaining("missing");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> OnnxWriter.write(dense().model(), folder, OnnxWriter.Options.EXTERNAL));
    assertThat(files()).isEmpty();
  }

  @Test
  void isDeterministic() {
    assertThat(OnnxWriter.toBytes(dense().model())).isEqualTo(OnnxWriter.toBytes(dense().model()));
  }

  /// As in the cache of the Hugging Face hub.
  @Test
  void readsAModelAndItsDataThroughLinksIntoOneFolder() throws IOException {
    GraphMaker made = dense();
    Path blobs = Files.createDirectory(folder.resolve("blobs"));
    Path snapshot = Files.createDirectories(folder.resolve("snapshots/abc/onnx"));
    OnnxWriter.write(made.model(), blobs.resolve("m.onnx"), OnnxWriter.Options.EXTERNAL);
    Files.move(blobs.resolve("m.onnx"), blobs.resolve("1f"));
    Files.move(blobs.resolve("m.onnx.data"), blobs.resolve("2e"));
    Path link = Files.createSymbolicLink(snapshot.resolve("m.onnx"), Path.of("../../../blobs/1f"));
    Files.createSymbolicLink(snapshot.resolve("m.onnx.data"), Path.of("../../../blobs/2e"));

    Execution.assertSameBits(
        Execution.run(OnnxReader.read(link), made.inputs()),
        Execution.run(made.model(), made.inputs()));
  }
}
