// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import dev.quench.graph.Function;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.shape.ShapeInference;

/// Rewrites a model of ONNX opset 7 to 21 in terms of a newer one, 13 to 22.
///
/// Per-channel quantization needs opset 13. Attributes that became inputs (axes, pads, limits, ...)
/// become initializers; `Upsample` and `Resize` of opset 10 become `Resize` with the same
/// coordinates; `Softmax` over several axes is flattened first; `Scatter` becomes
/// `ScatterElements`. The IR version rises with the opset as the standard requires. Nested graphs
/// and model-local functions are upgraded too. A model that is new enough stays unchanged. Results
/// stay bit-identical unless a backend sums a flattened Softmax in another order.
public final class OpsetUpgrade implements Rewrite {
  private static final int OLDEST = 7;
  private static final int LOWEST_TARGET = 13;
  private static final int HIGHEST_TARGET = 22;

  private final int target;

  /// @param target the opset to reach, 13 to 22
  public OpsetUpgrade(int target) {
    if (target < LOWEST_TARGET || target > HIGHEST_TARGET) {
      throw new IllegalArgumentException(
          "target opset must be %d to %d, got %d".formatted(LOWEST_TARGET, HIGHEST_TARGET, target));
    }
    this.target = target;
  }

  /// Whether the model or a function that it defines imports an older opset than the target.
  ///
  /// @throws ModelFormatException if one is older than opset 7
  public boolean isNeeded(Model model) {
    return isOld(model.graph()) || model.functions().stream().anyMatch(this::isOld);
  }

  @Override
  public String name() {
    return "opset-upgrade-" + target;
  }

  /// Edits `model` in place.
  ///
  /// @throws UnsupportedOperatorException naming a node that has no equal in the target opset
  /// @throws ModelFormatException if the model is older than opset 7 or imports no opset
  @Override
  public boolean apply(Model model) {
    boolean main = isOld(model.graph());
    boolean changed = main;
    if (main) {
      ShapeInference.infer(model);
      upgrade(model.graph());
    }
    for (Function function : model.functions()) {
      if (isOld(function)) {
        upgrade(function.body());
        changed = true;
      }
    }
    if (changed) {
      model.setIrVersion(Math.max(model.irVersion(), irVersion(target)));
    }
    return changed;
  }

  /// The oldest IR version that may import an opset, as the table of ONNX releases says.
  private static int irVersion(int opset) {
    return switch (opset) {
      case 13, 14 -> 7;
      case 15, 16, 17, 18 -> 8;
      case 19, 20 -> 9;
      default -> 10;
    };
  }

  private boolean isOld(Function function) {
    return function.body().opsets().version("").isPresent() && isOld(function.body());
  }

  private boolean isOld(Graph root) {
    long opset = root.opsets().version("").orElse(0);
    if (opset < OLDEST) {
      throw new ModelFormatException(
          "graph '%s' uses ONNX opset %d; expected %d or newer, since older opsets broadcast differently: export the model again"
              .formatted(root.name(), opset, OLDEST));
    }
    return opset < target;
  }

  private void upgrade(Graph root) {
    for (Node node : root.allNodes()) {
      if (node.domain().isEmpty()) {
        NodeUpgrade.apply(node, target);
      }
    }
    String domain = root.opsets().versions().containsKey("") ? "" : "ai.onnx";
    root.setOpsets(root.opsets().with(domain, target));
  }
}
