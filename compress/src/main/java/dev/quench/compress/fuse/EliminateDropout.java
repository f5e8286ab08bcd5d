// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// Removes `Dropout` nodes, which have no effect in inference.
///
/// 1. `y = Dropout(x)` → `x`.
///
/// Unchanged: a node whose mask is read, whose `training_mode` input (opset 12) is true or unknown,
/// or whose `is_test` attribute (opset 1 to 6) is 0.
public final class EliminateDropout extends NodeRewrite {
  public EliminateDropout() {
    super("eliminate-dropout");
  }

  @Override
  boolean reachesFunctions() {
    return true;
  }

  @Override
  boolean rewrite(Node node) {
    return node.is("Dropout") && isInference(node) && Bypass.take(node, node.input(0));
  }

  private static boolean isInference(Node node) {
    if (node.opset() < 7) {
      return node.intAttribute("is_test", 0) != 0;
    }
    Value trainingMode = node.input(2);
    if (trainingMode.isAbsent()) {
      return true;
    }
    Optional<Tensor> constant = trainingMode.constant();
    return constant.isPresent() && constant.get().elements() == 1 && constant.get().longAt(0) == 0;
  }
}
