// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.LowerBinary;
import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `inspect` says of BinaryNet's convolutional network.
class InspectBinaryTest {
  @TempDir private Path folder;

  @Test
  void showsRepeatedKernelsEnergyAndAccesses() throws IOException {
    Path file = write(WeightBits.BINARY, true);

    JsonNode binary = Cli.run("inspect", file, "--json").json().get("binary");
    assertThat(binary.get("layers")).hasSize(7);
    JsonNode second = binary.get("layers").get(0);
    assertThat(second.get("layer").asText()).isEqualTo("conv2");
    assertThat(second.get("readsSigns").asBoolean()).isTrue();
    assertThat(second.get("kernels").asLong()).isEqualTo(32 * 32);
    assertThat(second.get("uniqueKernelsUpToSign").asLong())
        .isBetween(1L, second.get("uniqueKernels").asLong());
    double macs = 0;
    for (JsonNode layer : binary.get("layers")) {
      macs += layer.get("macs").asDouble();
    }
    assertThat(binary.get("arithmeticMicrojoulesFp32").asDouble())
        .isCloseTo(macs * 4.6 / 1e6, Offset.offset(1e-6));
    assertThat(binary.get("arithmeticMicrojoules").asDouble())
        .isCloseTo(macs * 0.3 / 32 / 1e6, Offset.offset(1e-6));
    assertThat(binary.get("accesses64Fp32").asLong())
        .isCloseTo(32 * binary.get("accesses64").asLong(), Offset.offset(32L * 7));
    assertThat(Cli.run("inspect", file).out())
        .contains("binary layers, with 2-D kernels that are unique")
        .contains("energy of their arithmetic at 45 nm");
  }

  @Test
  void saysNothingOfAFloatNetwork() throws IOException {
    Path file = write(WeightBits.FLOAT, false);

    assertThat(Cli.run("inspect", file, "--json").json().has("binary")).isFalse();
    assertThat(Cli.run("inspect", file).out()).doesNotContain("binary layers");
  }

  private Path write(WeightBits bits, boolean signs) throws IOException {
    Model model =
        Architecture.BINARYNET_CONV.build(
            NetworkOptions.CIFAR.withWidthMultiplier(0.25).withBinaryActivations(signs));
    new BinarizeWeights(bits).apply(model);
    new LowerBinary().apply(model);
    Path file = folder.resolve("model.onnx");
    OnnxWriter.write(model, file);
    return file;
  }
}
