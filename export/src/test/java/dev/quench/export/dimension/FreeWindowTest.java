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

/// Constant ranges that follow a freed dimension.
class FreeWindowTest {
  @Test
  void poolingOverEverythingBecomesGlobal() {
    DimensionReport report =
        assertFreed(
            ALL,
            (net, x, s) ->
                net.output(
                    net.node(
                        "pool",
                        NodeBuilder.of("MaxPool")
                            .inputs(x)
                            .ints("kernel_shape", s.height(), s.width()))),
            new Size(2, 12, 10));
    assertThat(report.rewrites().getFirst().toString())
        .isEqualTo(
            "MaxPool 'pool': pools over everything, since its kernel [8, 8] was as large as its input");
  }

  @Test
  void aSliceToTheEndStaysOne() {
    assertFreed(
        ALL,
        (net, x, s) ->
            net.output(
                net.node(
                    "rows",
                    "Slice",
                    x,
                    net.longs("from", 1, 0),
                    net.longs("to", s.height(), Long.MAX_VALUE),
                    net.longs("axes", 2, 3),
                    net.longs("steps", 2, 1))),
        new Size(1, 12, 10),
        new Size(2, 9, 7));
  }

  @Test
  void aSliceToTheMiddleIsRefusedByName() {
    assertRefused(
        UnsupportedOperatorException.class,
        ALL,
        (net, x, _) ->
            net.output(
                net.node(
                    "half",
                    "Slice",
                    x,
                    net.longs("from", 0),
                    net.longs("to", 4),
                    net.longs("axes", 2))),
        "Slice 'half'",
        "ends at 4 of 8 along axis 2");
  }

  @Test
  void aSplitIntoEqualPartsStaysEqual() {
    assertFreed(
        ALL,
        (net, x, s) -> {
          NodeBuilder split =
              NodeBuilder.of("Split")
                  .name("halves")
                  .inputs(x, net.longs("parts", s.height() / 2, s.height() / 2))
                  .attribute("axis", 2)
                  .output("top")
                  .output("bottom");
          Value top = net.made.node(split).output(0);
          net.output(top);
        },
        new Size(1, 12, 10));
  }

  @Test
  void aTokenIsExpandedToTheBatchThatItJoins() {
    assertFreed(
        ALL,
        (net, x, s) -> {
          long t = s.height() * s.width();
          Value tokens = net.reshape("tokens", x, s.batch(), 3, t);
          Value pooled =
              net.node(
                  "one",
                  NodeBuilder.of("ReduceMax")
                      .inputs(tokens)
                      .ints("axes", 0, 2)
                      .attribute("keepdims", 1));
          Value token = net.node("token", "Expand", pooled, net.longs("shape", s.batch(), 3, 1));
          net.output(
              net.node("cat", NodeBuilder.of("Concat").inputs(token, tokens).attribute("axis", 2)));
        },
        new Size(1, 12, 10),
        new Size(3, 5, 4));
  }
}
