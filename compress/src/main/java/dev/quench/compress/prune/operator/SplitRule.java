// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;

/// `Split`: each part has the indices at its offset; its size is written out when it changes, also
/// where all parts were of one size before.
record SplitRule() implements OperatorRule {
  private static final int SIZES_ARE_AN_INPUT = 13;

  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    int along = axis(node, coupling.rank(x));
    int[] in = coupling.ids(x, along);
    int offset = 0;
    boolean known =
        in != null
            && node.outputs().stream().allMatch(Value::isPresent)
            && (node.input(1).isAbsent() || SmallConstants.of(node.input(1)).isPresent());
    for (Value part : node.outputs()) {
      if (part.isAbsent()) {
        continue;
      }
      for (int axis = 0; axis < coupling.rank(x); axis++) {
        if (axis != along) {
          coupling.unite(x, axis, part, axis);
        }
      }
      int[] out = coupling.ids(part, along);
      if (!known || in == null || out == null || offset + out.length > in.length) {
        String reason = node.describe() + " makes parts of unknown size";
        coupling.freeze(x, along, reason);
        node.outputs().stream()
            .filter(Value::isPresent)
            .forEach(each -> coupling.freeze(each, along, reason));
        known = false;
        continue;
      }
      for (int id : out) {
        coupling.unite(id, in[offset++]);
      }
    }
  }

  @Override
  public void adapt(Node node, Cut cut) {
    Value x = node.input(0);
    int along = axis(node, x.shape().orElseThrow().rank());
    if (!cut.isCut(x, along)) {
      return;
    }
    long[] sizes = new long[node.outputs().size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = cut.kept(node.output(i), along).length;
    }
    node.removeAttribute("num_outputs");
    if (node.opset() < SIZES_ARE_AN_INPUT) {
      node.setAttribute("split", AttributeValue.ofInts(sizes));
    } else {
      node.setInput(
          1, node.graph().addConstant(node.output(0).name() + "_split", Tensor.vector(sizes)));
    }
  }

  private static int axis(Node node, int rank) {
    int axis = Math.toIntExact(node.intAttribute("axis", 0));
    return axis < 0 ? axis + rank : axis;
  }
}
