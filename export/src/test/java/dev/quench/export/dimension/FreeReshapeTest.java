// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import static dev.quench.export.dimension.FreedNetworks.ALL;
import static dev.quench.export.dimension.FreedNetworks.Network;
import static dev.quench.export.dimension.FreedNetworks.Size;
import static dev.quench.export.dimension.FreedNetworks.assertFreed;
import static dev.quench.export.dimension.FreedNetworks.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import org.junit.jupiter.api.Test;

/// Constant shapes that follow a freed dimension.
class FreeReshapeTest {
  @Test
  void flattenAfterGlobalPoolingKeepsTheBatch() {
    DimensionReport report =
        assertFreed(
            ALL,
            (net, x, size) -> {
              Value pooled = net.node("pool", "GlobalAveragePool", net.conv("c", x, 3, 4, 1));
              net.output(net.reshape("flat", pooled, size.batch(), 4));
            },
            new Size(2, 8, 12),
            new Size(5, 9, 9));
    assertThat(report.rewrites())
        .extracting(DimensionReport.Rewrite::toString)
        .containsExactly(
            "Reshape 'flat': reshapes to [0, 4] instead of [1, 4], since [1, 4, 1, 1] became [1, 4]");
  }

  @Test
  void whatFollowsItsInputAlreadyIsLeftAlone() {
    DimensionReport report =
        assertFreed(
            ALL, (net, x, _) -> net.output(net.reshape("flat", x, 0, 3, -1)), new Size(2, 8, 12));
    assertThat(report.rewrites()).isEmpty();
  }

  @Test
  void imageToTokensAndBack() {
    assertFreed(
        ALL,
        (net, x, s) -> {
          Value down = net.conv("c", x, 3, 4, 2);
          long h = (s.height() + 1) / 2;
          long w = (s.width() + 1) / 2;
          Value tokens = net.reshape("tokens", down, s.batch(), 4, h * w);
          Value turned =
              net.node("turned", NodeBuilder.of("Transpose").inputs(tokens).ints("perm", 0, 2, 1));
          Value scaled = net.node("relu", "Relu", turned);
          Value back =
              net.node("back", NodeBuilder.of("Transpose").inputs(scaled).ints("perm", 0, 2, 1));
          net.output(net.reshape("image", back, s.batch(), 4, h, w));
        },
        new Size(1, 16, 8),
        new Size(2, 10, 14),
        new Size(3, 7, 9));
  }

  @Test
  void headsOfAttention() {
    assertFreed(
        ALL,
        (net, x, s) -> {
          long t = s.height() * s.width();
          Value wide = net.conv("c", x, 3, 8, 1);
          Value split = net.reshape("split", wide, s.batch(), 2, 4, t);
          Value turned =
              net.node("t1", NodeBuilder.of("Transpose").inputs(split).ints("perm", 0, 1, 3, 2));
          Value folded = net.reshape("folded", turned, s.batch() * 2, t, 4);
          Value relu = net.node("relu", "Relu", folded);
          Value unfolded = net.reshape("unfolded", relu, s.batch(), 2, t, 4);
          net.output(unfolded);
        },
        new Size(1, 8, 8),
        new Size(2, 4, 6),
        new Size(3, 5, 7));
  }

  @Test
  void channelShuffle() {
    assertFreed(
        ALL,
        (net, x, s) -> {
          Value wide = net.conv("c", x, 3, 6, 1);
          Value groups = net.reshape("groups", wide, s.batch(), 2, 3, s.height(), s.width());
          Value turned =
              net.node("t", NodeBuilder.of("Transpose").inputs(groups).ints("perm", 0, 2, 1, 3, 4));
          net.output(net.reshape("shuffled", turned, s.batch(), 6, s.height(), s.width()));
        },
        new Size(2, 8, 8),
        new Size(1, 9, 13));
  }

  @Test
  void flattenBeforeADenseLayerCannotTakeAnotherHeight() {
    Network network =
        (net, x, s) -> {
          Value flat = net.reshape("flat", x, s.batch(), 3 * 64);
          Value w = net.made.weights("w", 3 * 64, 5);
          net.output(net.node("dense", "MatMul", flat, w));
        };
    assertRefused(ModelFormatException.class, ALL, network, "MatMul 'dense'", "other sizes");
    assertFreed(FreeDimensions.batch("N"), network, new Size(4, 8, 8));
  }

  @Test
  void aSplitThatNothingExplainsIsRefusedByName() {
    assertRefused(
        UnsupportedOperatorException.class,
        ALL,
        (net, x, s) -> net.output(net.reshape("blocks", x, s.batch(), 3, 4, 2, s.width())),
        "Reshape 'blocks'",
        "splits 8");
  }
}
