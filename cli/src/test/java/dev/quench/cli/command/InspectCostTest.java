// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `inspect` says of regions and algorithms, and its page.
class InspectCostTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = folder.resolve("model.onnx");
    OnnxWriter.write(
        Architecture.RESNET20.build(NetworkOptions.CIFAR.withWidthMultiplier(0.5)), model);
  }

  @Test
  void regionsHoldEveryNodeOnce() {
    JsonNode json = Cli.run("inspect", model, "--regions", "--json").json();

    int nodes = 0;
    for (JsonNode region : json.get("regions")) {
      nodes += region.get("nodes").size();
    }
    assertThat(nodes).isEqualTo(json.get("nodes").asInt());
    assertThat(json.get("fusedBytesMoved").asLong()).isLessThan(json.get("bytesMoved").asLong());
    assertThat(Cli.run("inspect", model, "--regions").out())
        .contains("Conv+BatchNormalization+Add+Relu");
  }

  @Test
  void saysWhyAnAlgorithmIsChosen() {
    JsonNode json = Cli.run("inspect", model, "--convolutions", "--json").json();

    for (JsonNode each : json.get("convolutions")) {
      assertThat(each.get("why").asText()).startsWith(each.get("chosen").asText());
      assertThat(each.get("algorithms").get(0).get("algorithm")).isEqualTo(each.get("chosen"));
    }
    assertThat(json.get("convolutions").findValuesAsText("FFT")).contains("it has a stride");
  }

  @Test
  void writesAPage() throws IOException {
    Path page = folder.resolve("cost.html");

    Cli.Result result = Cli.run("inspect", model, "--html", page, "--roofline", "200,40");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("wrote " + page);
    assertThat(Files.readString(page)).contains("ridge at 5 FLOPs a byte").contains("<svg");
  }

  @Test
  void doesNotWriteThePageOverTheModel() {
    Cli.Result result = Cli.run("inspect", model, "--html", model);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines()).hasSize(1);
  }
}
