// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import java.util.Set;

/// Which nodes always give the same outputs for the same inputs, as far as Quench knows: operators
/// of ONNX's own domain that draw no random numbers and hold no nested graph (which may draw some).
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
