// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.export.target.LowerResize;
import dev.quench.graph.Model;
import dev.quench.graph.rewrite.RewritePipeline;
import java.util.ArrayList;
import java.util.List;

/// Brings one model's opset and `Resize` nodes into the form that TensorRT imports, and remembers
/// what changed.
final class Lowering {
  private final Model model;
  private final List<String> changes = new ArrayList<>();

  Lowering(Model model) {
    this.model = model;
  }

  /// Raises the opset to at least `opset`.
  void raise(int opset) {
    long before = model.opset();
    OpsetUpgrade upgrade = new OpsetUpgrade(opset);
    if (upgrade.isNeeded(model)) {
      new RewritePipeline(List.of(upgrade)).apply(model);
      changes.add("opset %d raised to %d".formatted(before, model.opset()));
    }
  }

  /// @return whether a `Resize` changed
  boolean lowerResize() {
    boolean changed =
        LowerResize.mayChange(model)
            && !new RewritePipeline(List.of(new LowerResize())).apply(model).isEmpty();
    if (changed) {
      changes.add("Resize nodes brought into forms that TensorRT imports");
    }
    return changed;
  }

  List<String> changes() {
    return List.copyOf(changes);
  }
}
