// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;

/// `Conv` with weights `[O, C/g, k…]` and `ConvTranspose` with `[C, O/g, k…]`.
///
/// One group: input and output channels are cut apart. As many groups as input channels
/// (depthwise): the outputs of a channel go with it, and so does its group. Other groups: channels
/// at one place within their groups go together, on either side, so that all groups keep one size.
///
/// @param transposed whether it is `ConvTranspose`
record ConvolutionRule(boolean transposed) implements OperatorRule {
  private static final int CHANNELS = 1;

  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value weights = node.input(1);
    Value y = node.output(0);
    int groups = Math.toIntExact(node.intAttribute("group", 1));
    coupling.unite(x, 0, y, 0);
    String spatial = "a spatial axis of " + node.describe();
    coupling.freezeFrom(x, 2, spatial);
    coupling.freezeFrom(y, 2, spatial);
    coupling.freezeFrom(weights, 2, spatial);
    Value bias = node.input(2);
    if (bias.isPresent()) {
      coupling.unite(bias, 0, y, CHANNELS);
    }
    int[] in = coupling.ids(x, CHANNELS);
    int[] out = coupling.ids(y, CHANNELS);
    int[] rows = coupling.ids(weights, 0);
    int[] columns = coupling.ids(weights, 1);
    if (in == null || out == null || rows == null || columns == null) {
      coupling.freezeNode(node, node.describe() + " has an unknown number of channels");
    } else if (groups == 1) {
      coupling.unite(x, CHANNELS, weights, transposed ? 0 : 1);
      coupling.unite(y, CHANNELS, weights, transposed ? 1 : 0);
      coupling.contraction(node, 0, CHANNELS);
      coupling.layer(node, 1, transposed ? 1 : 0);
    } else if (groups == in.length && out.length % groups == 0) {
      coupling.freeze(weights, 1, "the outputs of each channel of " + node.describe());
      int each = out.length / groups;
      for (int i = 0; i < out.length; i++) {
        coupling.unite(out[i], in[i / each]);
        coupling.unite(out[i], rows[transposed ? i / each : i]);
      }
      coupling.layer(node, 1, 0);
    } else if (in.length % groups == 0 && out.length % groups == 0) {
      tie(in, transposed ? rows : columns, groups, coupling);
      tie(out, transposed ? columns : rows, groups, coupling);
      coupling.contraction(node, 0, CHANNELS);
      coupling.layer(node, 1, transposed ? 1 : 0);
    } else {
      coupling.freezeNode(node, node.describe() + " has channels that its groups do not divide");
    }
  }

  /// Unites channels at one place within their groups with each other and with the weights.
  ///
  /// @param weights one for each channel, or for each place within a group
  private static void tie(int[] channels, int[] weights, int groups, Coupling coupling) {
    int size = channels.length / groups;
    for (int i = 0; i < channels.length; i++) {
      coupling.unite(channels[i], channels[i % size]);
      coupling.unite(channels[i], weights[weights.length == size ? i % size : i]);
    }
  }

  @Override
  public void adapt(Node node, Cut cut) {
    long groups = node.intAttribute("group", 1);
    Value x = node.input(0);
    if (groups > 1
        && cut.isCut(x, CHANNELS)
        && cut.structure().classes(x, CHANNELS).length == groups) {
      node.setAttribute("group", AttributeValue.of((long) cut.kept(x, CHANNELS).length));
    }
  }
}
