// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Optional;

/// Recognizes the flattening of signs: a `Flatten` or `Reshape` from `[N, C, H, W]` to `[N, C * H *
/// W]`.
final class FlattenPattern {
  private FlattenPattern() {}

  static Match<Recognized> of(Node node, Activations activations) {
    Value data = node.input(0);
    Activation.Signs signs = activations.signs(data);
    Optional<Shape> from = data.shape();
    Optional<Shape> to = node.output(0).shape();
    if (signs == null || from.isEmpty() || to.isEmpty() || to.get().rank() != 2) {
      return Match.absent();
    }
    boolean keepsBatch =
        node.is("Flatten")
            ? node.intAttribute("axis", 1) == 1
            : from.get().dim(0).equals(to.get().dim(0)) && !from.get().dim(0).equals(Dim.UNKNOWN);
    return keepsBatch
        ? Match.found(new Recognized(new Instruction.Flatten(data, node.output(0)), signs))
        : Match.absent();
  }
}
