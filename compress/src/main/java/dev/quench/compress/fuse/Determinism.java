// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import java.util.Set;

/// Recognizes nodes that always compute the same outputs from the same inputs: operators of ONNX's
/// own domain without random numbers and without nested graphs, which may contain random operators.
final class Determinism {
  private static final Set<String> RANDOM =
      Set.of(
          "Bernoulli",
          "Dropout",
          "Multinomial",
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike");

  private Determinism() {}

  static boolean isDeterministic(Node node) {
    return node.domain().isEmpty()
        && !RANDOM.contains(node.opType())
        && node.nestedGraphs().isEmpty()
        && node.attributes().values().stream()
            .noneMatch(AttributeValue.Reference.class::isInstance);
  }
}
