// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Precision;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CandidateTest {
  @TempDir private Path folder;

  @Test
  void comesFromAPathAlone() throws IOException {
    Graph graph = new Graph("relu", OpsetImports.onnx(13));
    var type = ValueType.tensor(DataType.FLOAT, Shape.of(1, 3));
    var x = graph.addInput("x", type);
    graph.addOutput(graph.append(NodeBuilder.of("Relu").inputs(x).output("y", type)).output(0));
    Path file = folder.resolve("small.onnx");
    OnnxWriter.write(new Model(graph, 8), file);

    Candidate candidate = Candidate.of(file, "onnxruntime");

    assertThat(candidate.name()).isEqualTo("small");
    assertThat(candidate.backend().name()).isEqualTo("onnxruntime");
    assertThat(candidate.precision()).isEqualTo(Precision.FP32);
    assertThat(candidate.sizeBytes()).isEqualTo(Files.size(file));
    assertThat(Candidate.of(file).model().graph().nodes()).hasSize(1);
  }

  @Test
  void namesAFileThatIsNotThere() {
    assertThatThrownBy(() -> Candidate.of(folder.resolve("missing.onnx")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing.onnx");
  }
}
