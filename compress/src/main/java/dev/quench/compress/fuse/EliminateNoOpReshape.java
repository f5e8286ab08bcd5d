// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/// Removes `Reshape` nodes that change nothing, and the first of two in a row.
///
/// 1. `y = Reshape(x, s)` with `s` the shape of `x` (0 and −1 taken into account) → `x`.
/// 2. `y = Reshape(view(x), s)` → `Reshape(x, s)` for `view` one of `Reshape`, `Flatten`,
///    `Squeeze`, `Unsqueeze`, when nobody else reads the inner result and `s` is constant and
///    copies no dimension of it (no 0).
///
/// Stays: a shape that is not constant, or the shape of a tensor of which more than one dimension
/// is unknown.
public final class EliminateNoOpReshape extends NodeRewrite {
  public EliminateNoOpReshape() {
    super("eliminate-no-op-reshape");
  }

  @Override
  boolean rewrite(Node node) {
    if (!node.is("Reshape") || node.opset() < 5 || node.input(0).isAbsent()) {
      return false;
    }
    Optional<long[]> target = target(node.input(1));
    if (target.isEmpty()) {
      return false;
    }
    boolean zeroCopies = node.intAttribute("allowzero", 0) == 0;
    Value data = node.input(0);
    if (data.shape().isPresent() && keeps(data.shape().get(), target.get(), zeroCopies)) {
      return Bypass.take(node, data);
    }
    Node inner = data.producer().orElse(null);
    if (inner == null
        || !isView(inner)
        || inner.graph() != node.graph()
        || !data.hasSingleUse()
        || inner.input(0).isAbsent()
        || Arrays.stream(target.get()).anyMatch(size -> size == 0)) {
      return false;
    }
    node.setInput(0, inner.input(0));
    node.graph().remove(inner);
    return true;
  }

  private static Optional<long[]> target(Value shape) {
    Optional<Tensor> constant = shape.isPresent() ? shape.constant() : Optional.empty();
    return constant
        .filter(tensor -> tensor.dataType() == DataType.INT64 && tensor.shape().rank() == 1)
        .map(Tensor::toLongs);
  }

  private static boolean isView(Node node) {
    return node.is("Reshape") || node.is("Flatten") || node.is("Squeeze") || node.is("Unsqueeze");
  }

  /// One −1 may stand for anything once all other dimensions are known to stay, for the element
  /// count decides it; unless that count is 0.
  private static boolean keeps(Shape shape, long[] target, boolean zeroCopies) {
    if (shape.rank() != target.length) {
      return false;
    }
    int inferred = 0;
    for (int axis = 0; axis < target.length; axis++) {
      boolean copied = target[axis] == 0 && zeroCopies;
      if (target[axis] == -1) {
        inferred++;
      } else if (!copied
          && !(shape.dim(axis) instanceof Dim.Fixed(long size) && size == target[axis])) {
        return false;
      }
    }
    return inferred <= 1;
  }
}
