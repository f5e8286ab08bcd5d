// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.BundledNetworkFixture;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import org.junit.jupiter.api.Test;

/// What commands say beside their results.
class VerbosityTest extends BundledNetworkFixture {
  @Test
  void quietLeavesTheResultAlone() {
    Result usual = Cli.run("compare", model, model, "--seed", 3);
    Result quiet = Cli.run("compare", model, model, "--seed", 3, "-q");
    assertThat(usual.err()).contains("on random inputs, seed 3");
    assertThat(quiet.err()).isEmpty();
    assertThat(quiet.out()).isEqualTo(usual.out()).isNotEmpty();
  }

  @Test
  void quietSilencesWhatARecipeSays() {
    Result quiet =
        Cli.run(
            "calibrate",
            model,
            "--data",
            "random:8x1x28x28",
            "--table",
            folder.resolve("quiet.json"),
            "--quiet");
    assertThat(quiet.exitCode()).isZero();
    assertThat(quiet.err()).isEmpty();
  }

  @Test
  void quietKeepsErrors() {
    Result result = Cli.run("inspect", folder.resolve("none.onnx"), "--quiet");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("quench inspect: ").hasLineCount(1);
  }

  @Test
  void verboseSaysWhatIsChosenAndHowLongItTook() {
    Result result =
        Cli.run(
            "calibrate",
            model,
            "--data",
            "demo-train",
            "--first",
            64,
            "--method",
            "minmax",
            "--table",
            folder.resolve("verbose.json"),
            "--json",
            "-v");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json().at("/tensors").isArray()).isTrue();
    assertThat(result.err())
        .containsPattern("  model .*nin.*: 6\\d\\d.* kB, opset \\d+, \\d+ nodes, FP32\n")
        .containsPattern("  data: .*, 64 samples\n")
        .containsPattern("  ranges of \\d+ tensors by minmax, on 64 samples: ")
        .containsPattern("  calibrate.*: 64 in \\S+ s\n")
        .containsPattern("  took \\S+ s");
  }

  @Test
  void verboseNamesTheBackend() {
    Result result = Cli.run("compare", model, model, "--verbose");
    assertThat(result.err()).contains("  backend onnxruntime, as asked for\n");
  }

  @Test
  void bothAreWrongUsage() {
    Result result = Cli.run("inspect", model, "-q", "-v");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--quiet and --verbose exclude each other");
  }
}
