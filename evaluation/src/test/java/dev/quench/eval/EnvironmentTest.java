// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.report.Environment;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  @Test
  void keepsAnOptionOnOneLineAndEscapesIt() {
    assertThat(new Environment(Map.of("command", "quench eval a.onnx --max-drop x<y")).toHtml())
        .contains(
            "<td>command</td><td>quench eval a.onnx <span class=\"word\">--max-drop</span> x&#60;y</td>");
    assertThat(new Environment(Map.of("os", "x-<i>")).toHtml())
        .contains("<td><span class=\"word\">x-&#60;i&#62;</span></td>");
  }
}
