// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.BundledNetworkFixture;
import dev.quench.cli.Cli;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProfilePageTest extends BundledNetworkFixture {
  @Test
  void showsHowCallsAreSpreadAndWhenLayersRan() {
    Path page = folder.resolve("latency.html");
    Cli.Result result = Cli.run("profile", model, "--duration", 100, "--report", page);
    assertDone(result);
    assertThat(result.out()).doesNotContain("share");
    assertThat(page)
        .content()
        .contains(
            "<h1>Latency of nin</h1>",
            "Calls by their latency",
            "When each layer ran",
            "(GlobalAveragePool)",
            "<th class=\"n\">whole call</th>",
            "<td>p99</td>")
        .doesNotContain("<script", "NaN");
    assertRefused(2, "two outputs", "profile", model, "--report", page, "--trace", page);
  }
}
