// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.opset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.tensor.Tensor;
import dev.quench.testing.Execution;
import dev.quench.testing.GraphMaker;
import java.util.Map;

/// Models before and after an upgrade.
final class UpgradedModels {
  private UpgradedModels() {}

  static final OpsetUpgrade TO_13 = new OpsetUpgrade(13);

  /// Upgrades, and compares the outputs before and after bit by bit.
  static Model upgraded(GraphMaker made) {
    Model model = made.model();
    Map<String, Tensor> before = Execution.run(model, made.inputs());
    assertThat(TO_13.apply(model)).isTrue();
    GraphValidator.validate(model);
    assertThat(model.opset()).isEqualTo(13);
    Execution.assertSameBits(Execution.run(model, made.inputs()), before);
    assertThat(TO_13.apply(model)).isFalse();
    return model;
  }

  static Node only(Model model, String opType) {
    return model.graph().allNodes().stream()
        .filter(node -> node.is(opType))
        .reduce((_, _) -> null)
        .orElseThrow();
  }
}
