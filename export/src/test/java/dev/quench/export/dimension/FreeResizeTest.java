// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import static dev.quench.export.dimension.FreedNetworks.ALL;
import static dev.quench.export.dimension.FreedNetworks.Size;
import static dev.quench.export.dimension.FreedNetworks.assertFreed;
import static dev.quench.export.dimension.FreedNetworks.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import org.junit.jupiter.api.Test;

/// Constant sizes of `Resize` that follow a freed dimension.
class FreeResizeTest {
  @Test
  void toTheSizeOfASkipConnection() {
    DimensionReport report =
        assertFreed(
            ALL,
            (net, x, s) -> {
              Value skip = net.conv("skip", x, 3, 4, 2);
              Value down = net.conv("down", skip, 4, 4, 2);
              long h = (s.height() + 1) / 2;
              long w = (s.width() + 1) / 2;
              Value up = net.resize("up", down, s.batch(), 4, h, w);
              Value smooth = net.conv("smooth", up, 4, 4, 1);
              net.output(net.node("sum", "Add", smooth, skip));
            },
            new Size(1, 16, 8),
            new Size(2, 11, 13));
    assertThat(report.rewrites())
        .singleElement()
        .satisfies(rewrite -> assertThat(rewrite.evidence()).contains("has to fit 'skip'"));
  }

  @Test
  void toASkipConnectionThatIsConcatenated() {
    assertFreed(
        FreeDimensions.image("H", "W"),
        (net, x, s) -> {
          Value down = net.conv("down", x, 3, 4, 2);
          Value up = net.resize("up", down, 1, 4, s.height(), s.width());
          net.output(net.node("cat", NodeBuilder.of("Concat").inputs(up, x).attribute("axis", 1)));
        },
        new Size(1, 16, 10),
        new Size(1, 9, 7));
  }

  @Test
  void toTheSizeOfTheInput() {
    DimensionReport report =
        assertFreed(
            ALL,
            (net, x, s) -> {
              Value down = net.conv("down", x, 3, 2, 2);
              net.output(net.resize("mask", down, s.batch(), 2, s.height(), s.width()));
            },
            new Size(1, 16, 8),
            new Size(2, 13, 9));
    assertThat(report.rewrites().getFirst().evidence()).contains("the size of input 'x'");
  }

  @Test
  void byAWholeFactor() {
    DimensionReport report =
        assertFreed(
            ALL,
            (net, x, s) -> {
              Value down = net.conv("down", net.conv("d1", x, 3, 2, 2), 2, 2, 2);
              long h = (s.height() + 3) / 4;
              long w = (s.width() + 3) / 4;
              net.output(net.resize("up", down, s.batch(), 2, 2 * h, 2 * w));
            },
            new Size(1, 16, 8),
            new Size(2, 13, 9));
    assertThat(report.rewrites().getFirst().evidence()).contains("the whole factor 2");
  }

  @Test
  void toASizeFromNowhereIsRefusedByName() {
    assertRefused(
        UnsupportedOperatorException.class,
        ALL,
        (net, x, s) -> net.output(net.resize("odd", x, s.batch(), 3, 13, 13)),
        "Resize 'odd'",
        "its size 13 along axis 2, from 8");
  }
}
