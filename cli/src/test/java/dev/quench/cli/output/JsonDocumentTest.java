// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxWriter;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonDocumentTest {
  @TempDir private Path folder;

  @Test
  void resultsNameTheirCommandAndVersion() {
    JsonNode document = Cli.run("doctor", "--json").json();
    assertThat(document.get("schemaVersion").asInt()).isEqualTo(1);
    assertThat(document.get("command").asText()).isEqualTo("quench doctor");
    assertThat(document.has("error")).isFalse();
  }

  @Test
  void aFailureIsADocumentToo() {
    Cli.Result result = Cli.run("inspect", folder.resolve("missing.onnx"), "--json");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.json().get("command").asText()).isEqualTo("quench inspect");
    assertThat(result.json().get("error").get("exitCode").asInt()).isEqualTo(1);
    assertThat(result.json().get("error").get("message").asText()).contains("missing.onnx");
    assertThat(result.err()).contains("missing.onnx");
  }

  @Test
  void soIsWrongUsage() {
    Cli.Result result = Cli.run("inspect", "--json", "--nonsense", "x");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.json().get("error").get("exitCode").asInt()).isEqualTo(2);
  }

  /// A check that does not hold leaves the result as the one document.
  @Test
  void aResultIsNotFollowedByAnError() throws IOException {
    GraphMaker maker = new GraphMaker(17);
    Value x = maker.input("x", 1, 4);
    maker.output(maker.add("Relu", "y", x));
    Path one = folder.resolve("one.onnx");
    OnnxWriter.write(maker.model(), one);
    GraphMaker other = new GraphMaker(17);
    other.output(other.add("Neg", "y", other.input("x", 1, 4)));
    Path two = folder.resolve("two.onnx");
    OnnxWriter.write(other.model(), two);

    Cli.Result result = Cli.run("compare", one, two, "--max-error", "0", "--json");
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.json().get("tensors")).hasSize(1);
    assertThat(result.json().has("error")).isFalse();
  }

  @Test
  void withoutTheOptionErrorsStayOnStandardError() {
    assertThat(Cli.run("inspect", folder.resolve("missing.onnx")).out()).isEmpty();
  }
}
