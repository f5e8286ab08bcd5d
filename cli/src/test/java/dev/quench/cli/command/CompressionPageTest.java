// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.BundledNetworkFixture;
import dev.quench.cli.Cli;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The page of `prune`; `factor` writes none where it measures no gain.
class CompressionPageTest extends BundledNetworkFixture {
  @Test
  void showsWhatPruningCutAndWhatItBrings() {
    Path page = folder.resolve("prune.html");
    assertDone(
        Cli.run(
            "prune",
            model,
            "-o",
            folder.resolve("thin.onnx"),
            "--ratio",
            0.5,
            "--align",
            8,
            "--data",
            "demo-train",
            "--samples",
            32,
            "--report",
            page));
    assertThat(page)
        .content()
        .contains(
            "<h1>Pruning of nin</h1>",
            "to take out 50.0 % of the MACs",
            "27.2 M → 13.2 M, 48.5 %",
            "96 → 64",
            "measured on onnxruntime",
            "Error of the output on samples held back",
            "output &#39;logits&#39; of the graph",
            "Content-Security-Policy")
        .doesNotContain("<script", "NaN");
  }

  @Test
  void isRefusedWhereNoLayerChangesItsSize() {
    Path page = folder.resolve("none.html");
    Path out = folder.resolve("none.onnx");
    assertRefused(
        2,
        "--report shows channels that go",
        "prune",
        model,
        "-o",
        out,
        "--pattern",
        "2:4",
        "--report",
        page);
    assertRefused(
        2,
        "--report shows layers that are split",
        "factor",
        model,
        "-o",
        out,
        "--product",
        "--report",
        page);
    assertRefused(2, "two outputs", "prune", model, "-o", out, "--ratio", 0.5, "--report", out);
    assertThat(page).doesNotExist();
    assertThat(out).doesNotExist();
  }
}
