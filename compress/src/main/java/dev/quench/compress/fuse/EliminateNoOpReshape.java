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

/// Removes `Reshape` nodes that change nothing, and the first of two consecutive ones.
///
/// 1. `y = Reshape(x, s)` with `s` the shape of `x` (after resolving 0 and −1) → `x`.
/// 2. `y = Reshape(view(x), s)` → `Reshape(x, s)` for `view` one of `Reshape`, `Flatten`,
///    `Squeeze`, `Unsqueeze`, if the inner result has no other reader and `s` is constant and
///    copies none of its dimensions (no 0).
///
/// Unchanged: a target shape that is not constant, or a tensor with more than one unknown
/// dimension.
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

  /// Whether the target shape equals `shape`. One −1 is allowed if all other dimensions are equal,
  /// because the element count determines it, unless that count is 0.
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
