// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `Reshape` and `Flatten`, by runs of axes that hold the same elements.
///
/// One axis split into several: all but one of the new axes stay, so that an index of that one
/// stands for all elements at its place. Which one: the heads where a matrix product follows (their
/// elements stay whole), else the last (channels at one place within their groups go together, as a
/// channel shuffle needs). Several axes merged into one: at most one of them can be cut, and takes
/// its whole block along.
record ReshapeRule() implements OperatorRule {
  private static final int LOOK_AHEAD = 12;

  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value y = node.output(0);
    Optional<TargetSizes> target = target(node);
    if (node.is("Reshape")) {
      freezeComputed(node, y, target, coupling);
    }
    boolean[] copied = new boolean[coupling.rank(y)];
    for (int axis = 0; axis < copied.length; axis++) {
      copied[axis] = node.intAttribute("allowzero", 0) == 0 && isConstant(target, axis, 0);
    }
    Shape before = x.shape().orElseThrow();
    Shape after = y.shape().orElseThrow();
    for (ReshapeBlocks block : ReshapeBlocks.of(before, after, copied)) {
      couple(node, block, coupling);
    }
  }

  private static void couple(Node node, ReshapeBlocks block, Coupling coupling) {
    Value x = node.input(0);
    Value y = node.output(0);
    List<Integer> before = block.before();
    List<Integer> after = block.after();
    if (before.size() == 1 && after.size() == 1 && sameSize(x, before, y, after, coupling)) {
      coupling.unite(x, before.getFirst(), y, after.getFirst());
    } else if (before.size() == 1 && after.size() > 1 && isKnown(y, after, coupling)) {
      int free = splitsHeads(y) ? after.get(after.size() - 2) : after.getLast();
      spread(x, before.getFirst(), y, after, free, node, coupling);
    } else if (before.size() > 1 && after.size() == 1 && isKnown(x, before, coupling)) {
      int free = before.getFirst();
      for (int axis : before.reversed()) {
        free = coupling.isFree(x, axis) ? axis : free;
      }
      spread(y, after.getFirst(), x, before, free, node, coupling);
    } else {
      String reason = node.describe() + " mixes it with other axes";
      before.forEach(axis -> coupling.freeze(x, axis, reason));
      after.forEach(axis -> coupling.freeze(y, axis, reason));
    }
  }

  private static boolean sameSize(
      Value x, List<Integer> before, Value y, List<Integer> after, Coupling coupling) {
    int[] in = coupling.ids(x, before.getFirst());
    int[] out = coupling.ids(y, after.getFirst());
    return in != null && out != null && in.length == out.length;
  }

  private static boolean isKnown(Value value, List<Integer> axes, Coupling coupling) {
    return axes.stream().allMatch(axis -> coupling.ids(value, axis) != null);
  }

  /// Couples one axis with the one axis of several that stays free, and freezes the others.
  private static void spread(
      Value one,
      int flat,
      Value several,
      List<Integer> axes,
      int free,
      Node node,
      Coupling coupling) {
    int[] ids = coupling.ids(one, flat);
    int[] chosen = coupling.ids(several, free);
    if (ids == null || chosen == null) {
      String reason = node.describe() + " mixes it with an axis of unknown size";
      coupling.freeze(one, flat, reason);
      axes.forEach(axis -> coupling.freeze(several, axis, reason));
      return;
    }
    int inner = 1;
    for (int axis : axes) {
      int[] other = coupling.ids(several, axis);
      if (axis > free && other != null) {
        inner *= other.length;
      }
      if (axis != free) {
        coupling.freeze(several, axis, node.describe() + " needs it whole");
      }
    }
    for (int i = 0; i < ids.length; i++) {
      coupling.unite(ids[i], chosen[i / inner % chosen.length]);
    }
  }

  /// Whether a product of matrices follows before another reshape: attention.
  private static boolean splitsHeads(Value split) {
    return follows(split, LOOK_AHEAD);
  }

  private static boolean follows(Value value, int steps) {
    if (steps == 0) {
      return false;
    }
    for (Use use : value.uses()) {
      boolean found =
          switch (use.node().opType()) {
            case "MatMul", "Einsum" -> true;
            case "Transpose", "Split", "Slice", "Gather", "Squeeze", "Mul", "Div", "Add", "Cast" ->
                use.node().outputs().stream()
                    .anyMatch(next -> next.isPresent() && follows(next, steps - 1));
            default -> false;
          };
      if (found) {
        return true;
      }
    }
    return false;
  }

  private static Optional<TargetSizes> target(Node node) {
    return node.is("Reshape") ? TargetSizes.of(node, 1) : Optional.empty();
  }

  private static boolean isConstant(Optional<TargetSizes> target, int place, long value) {
    return target.flatMap(sizes -> sizes.get(place)).filter(size -> size == value).isPresent();
  }

  /// A size that the graph computes cannot be set anew.
  private static void freezeComputed(
      Node node, Value y, Optional<TargetSizes> target, Coupling coupling) {
    for (int axis = 0; axis < coupling.rank(y); axis++) {
      if (target.isEmpty() || target.get().get(axis).isEmpty()) {
        coupling.freeze(y, axis, "a size that " + node.describe() + " computes");
      }
    }
  }

  @Override
  public void adapt(Node node, Cut cut) {
    Optional<TargetSizes> target = target(node);
    Shape shape = node.output(0).shape().orElse(null);
    if (target.isEmpty() || shape == null) {
      return;
    }
    Map<Integer, Long> changed = new HashMap<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (shape.dim(axis) instanceof Dim.Fixed
          && cut.isCut(node.output(0), axis)
          && target.get().get(axis).filter(size -> size > 0).isPresent()) {
        changed.put(axis, (long) cut.kept(node.output(0), axis).length);
      }
    }
    if (!changed.isEmpty()) {
      target.get().set(changed);
    }
  }
}
