// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The tile classes stand as the template gives them.
class GenerateTilesTest {
  private static final String COMMAND =
      "java xnor-runtime/src/test/java/dev/quench/xnor/kernel/generate/GenerateTiles.java";

  @Test
  void checkedInTilesAreThoseOfTheTemplate() throws IOException {
    Map<Path, String> sources = GenerateTiles.sources(Path.of(""));
    assertThat(sources).hasSize(4);
    for (Map.Entry<Path, String> source : sources.entrySet()) {
      byte[] generated = source.getValue().getBytes(StandardCharsets.UTF_8);
      assertThat(Arrays.mismatch(Files.readAllBytes(source.getKey()), generated))
          .as("first byte of %s that differs; to write it: %s", source.getKey(), COMMAND)
          .isEqualTo(-1);
    }
  }

  @Test
  void loopsNestAndHideOuterNames() {
    Template template =
        new Template(List.of("%for a in all", "%for b in each", "{{x}}{{y}}", "%end", "%end"));
    Map<String, ?> scope =
        Map.of(
            "x",
            "outer",
            "all",
            List.of(Map.of("y", 1), Map.of("y", 2)),
            "each",
            List.of(Map.of("x", "inner"), Map.of()));
    assertThat(template.expand(scope)).isEqualTo("inner1\nouter1\ninner2\nouter2\n");
  }

  @Test
  void onlyOneBranchIsTaken() {
    Template template =
        new Template(
            List.of("%if a", "%if b", "both", "%else", "a", "%end", "%else", "none", "%end"));
    assertThat(template.expand(Map.of("a", true, "b", true))).isEqualTo("both\n");
    assertThat(template.expand(Map.of("a", true, "b", false))).isEqualTo("a\n");
    assertThat(template.expand(Map.of("a", false))).isEqualTo("none\n");
  }

  @Test
  void refusesAnUnknownNameAndAnOpenBlock() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Template(List.of("{{y}}")).expand(Map.of("x", 1)))
        .withMessageContaining("'y'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Template(List.of("text", "%if x")).expand(Map.of("x", true)))
        .withMessageContaining("line 2");
  }
}
