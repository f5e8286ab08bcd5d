// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxWriter;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedNodesTest {
  @TempDir private Path folder;

  /// Adds in nodes named `a.b`, `axb` and `c`.
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = folder.resolve("model.onnx");
    GraphMaker made = new GraphMaker(17, 1);
    Value value = made.input("x", 2, 3);
    for (String name : new String[] {"a.b", "axb", "c"}) {
      value =
          made.node(NodeBuilder.of("Add").name(name).inputs(value, value).output(name + ".out"))
              .output(0);
    }
    OnnxWriter.write(made.output(value).model(), model);
  }

  private Result keeping(String pattern) {
    return Cli.run(
        "export",
        model,
        "-o",
        folder.resolve("out.onnx"),
        "--target",
        "onnxruntime",
        "--precision",
        "fp16",
        "--keep-fp32",
        pattern);
  }

  @Test
  void aPlainNameSelectsThatNodeAlone() {
    Result result = keeping("c");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("1 stay FP32");
    assertThat(result.err()).doesNotContain("note:");
  }

  @Test
  void aRegularExpressionWithoutPrefixIsReadAsOneAndSaysSo() {
    Result result = keeping("a[.x]b");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("2 stay FP32");
    assertThat(result.err()).contains("note: no node has the name a[.x]b; read as regex:a[.x]b");
  }

  @Test
  void aNameThatSelectsMoreAsARegularExpressionSaysSo() {
    Result result = keeping("a.b");
    assertThat(result.out()).contains("1 stay FP32");
    assertThat(result.err())
        .contains("a.b selects 1 nodes")
        .contains("the 2 that it matches as a regular expression write regex:a.b");
  }

  @Test
  void aPatternThatSelectsNothingIsRefused() {
    Result result = keeping("op:Conv");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("--keep-fp32 op:Conv matches no node of the model");
  }

  @Test
  void whatIsNotAPatternIsWrongUsage() {
    Result result = keeping("regex:(");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--keep-fp32: node pattern '(': expected a regular");
  }
}
