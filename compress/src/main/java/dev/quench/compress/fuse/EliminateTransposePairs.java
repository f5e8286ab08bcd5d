// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Arrays;
import java.util.Optional;

/// Composes adjacent `Transpose` nodes and removes identity permutations.
///
/// 1. `y = Transpose(x, 0, 1, 2, …)` → `x`.
/// 2. `y = Transpose(Transpose(x, p), q)` with `p[q[i]] = i` → `x`.
/// 3. `y = Transpose(Transpose(x, p), q)` → `Transpose(x, r)`, `r[i] = p[q[i]]`, if the inner
///    result has no other reader.
///
/// Unchanged: a `perm` that is not a permutation, or a missing `perm` (reversed axes) on a tensor
/// of unknown rank.
public final class EliminateTransposePairs extends NodeRewrite {
  public EliminateTransposePairs() {
    super("eliminate-transpose-pairs");
  }

  @Override
  boolean reachesFunctions() {
    return true;
  }

  @Override
  boolean rewrite(Node node) {
    if (!node.is("Transpose") || node.input(0).isAbsent()) {
      return false;
    }
    Optional<long[]> outer = permutation(node);
    if (outer.isPresent() && isIdentity(outer.get())) {
      return Bypass.take(node, node.input(0));
    }
    Value middle = node.input(0);
    Node inner = middle.producer().orElse(null);
    if (inner == null
        || !inner.is("Transpose")
        || inner.graph() != node.graph()
        || inner.input(0).isAbsent()) {
      return false;
    }
    if (node.attribute("perm").isEmpty() && inner.attribute("perm").isEmpty()) {
      return Bypass.take(node, inner.input(0));
    }
    Optional<long[]> first = permutation(inner);
    if (outer.isEmpty() || first.isEmpty() || outer.get().length != first.get().length) {
      return false;
    }
    long[] composed = Arrays.stream(outer.get()).map(axis -> first.get()[(int) axis]).toArray();
    if (isIdentity(composed)) {
      return Bypass.take(node, inner.input(0));
    }
    if (!middle.hasSingleUse()) {
      return false;
    }
    node.setInput(0, inner.input(0));
    node.setAttribute("perm", AttributeValue.ofInts(composed));
    node.graph().remove(inner);
    return true;
  }

  private static Optional<long[]> permutation(Node node) {
    Optional<long[]> given = node.intsAttribute("perm");
    if (given.isPresent()) {
      long[] sorted = given.get().clone();
      Arrays.sort(sorted);
      return isIdentity(sorted) ? given : Optional.empty();
    }
    return node.input(0)
        .shape()
        .map(shape -> {
          long[] reversed = new long[shape.rank()];
          Arrays.setAll(reversed, i -> reversed.length - 1 - i);
          return reversed;
        });
  }

  private static boolean isIdentity(long[] axes) {
    for (int i = 0; i < axes.length; i++) {
      if (axes[i] != i) {
        return false;
      }
    }
    return true;
  }
}
