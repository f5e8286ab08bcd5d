// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.graph.Model;
import java.util.List;

/// The form of a model that TensorRT imports.
public final class TensorRtForm {
  /// What rewrites reach where an opset is too old for TensorRT.
  private static final int CURRENT_OPSET = 13;

  private static final int OLDEST_OF_TENSORRT = 9;

  private TensorRtForm() {}

  /// Brings `Resize` nodes, and an opset that is too old, into forms that TensorRT imports; in
  /// place.
  ///
  /// @return what changed, one phrase each
  public static List<String> apply(Model model) {
    Lowering lowering = new Lowering(model);
    if (model.opset() > 0 && model.opset() < OLDEST_OF_TENSORRT) {
      lowering.raise(CURRENT_OPSET);
    }
    lowering.lowerResize();
    return lowering.changes();
  }
}
