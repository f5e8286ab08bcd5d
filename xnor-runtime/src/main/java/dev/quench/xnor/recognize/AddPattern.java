// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import static dev.quench.xnor.recognize.Activations.declaredChannels;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Recognizes the sum of two tensors of one shape, such as a shortcut, if an instruction computes
/// at least one of them.
final class AddPattern {
  private AddPattern() {}

  static Match<Recognized> of(Node node, Activations activations) {
    if (!node.is("Add")
        || node.input(0).constant().isPresent()
        || node.input(1).constant().isPresent()) {
      return Match.absent();
    }
    Value left = node.input(0);
    Value right = node.input(1);
    Activation.Reals leftReals = activations.reals(left);
    Activation.Reals rightReals = activations.reals(right);
    if (leftReals == null && rightReals == null) {
      return Match.absent();
    }
    if (activations.signs(left) != null || activations.signs(right) != null) {
      return Match.refused("it adds signs to real values");
    }
    Optional<Shape> shape = left.shape();
    OptionalInt channels = declaredChannels(node.output(0));
    boolean same =
        shape.isPresent()
            && shape.equals(right.shape())
            && !shape.get().dims().contains(Dim.UNKNOWN);
    if (!same || channels.isEmpty()) {
      return Match.refused("the graph does not show that its operands have the same shape");
    }
    return Match.found(
        new Recognized(
            new Instruction.Add(left, right, node.output(0)),
            new Activation.Reals(channels.getAsInt(), bounds(leftReals, rightReals))));
  }

  private static @Nullable ValueBounds bounds(
      Activation.@Nullable Reals left, Activation.@Nullable Reals right) {
    return left == null || right == null || left.bounds() == null || right.bounds() == null
        ? null
        : left.bounds().plus(right.bounds());
  }
}
