// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.Cut;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// `Resize` and `Upsample`: samples and channels pass where they keep their number; the axes of the
/// image stay.
record ResizeRule() implements OperatorRule {
  private static final int SIZES = 3;
  private static final int IMAGE = 2;

  @Override
  public void couple(Node node, Coupling coupling) {
    Value x = node.input(0);
    Value y = node.output(0);
    String reason = "an axis that " + node.describe() + " resizes";
    for (int axis = 0; axis < coupling.rank(x); axis++) {
      if (axis < IMAGE && axis < coupling.rank(y)) {
        coupling.unite(x, axis, y, axis);
      } else {
        coupling.freeze(x, axis, reason);
        coupling.freeze(y, axis, reason);
      }
    }
    boolean sized = node.input(SIZES).isPresent() && node.attribute("axes").isEmpty();
    if (sized && TargetSizes.of(node, SIZES).flatMap(sizes -> sizes.get(1)).isEmpty()) {
      coupling.freeze(y, 1, "a size that " + node.describe() + " computes");
    }
    if (node.intsAttribute("axes")
        .filter(axes -> Arrays.stream(axes).anyMatch(a -> a == 1))
        .isPresent()) {
      coupling.freeze(y, 1, reason);
    }
    if (node.textAttribute("coordinate_transformation_mode", "").equals("tf_crop_and_resize")) {
      coupling.freezeNode(node, reason);
    }
  }

  @Override
  public void adapt(Node node, Cut cut) {
    Value y = node.output(0);
    if (node.input(SIZES).isAbsent() || node.attribute("axes").isPresent()) {
      return;
    }
    Optional<TargetSizes> sizes = TargetSizes.of(node, SIZES);
    Map<Integer, Long> changed = new HashMap<>();
    for (int axis = 0; axis < IMAGE; axis++) {
      if (cut.isCut(y, axis)) {
        changed.put(axis, (long) cut.kept(y, axis).length);
      }
    }
    if (!changed.isEmpty()) {
      sizes.orElseThrow().set(changed);
    }
  }
}
