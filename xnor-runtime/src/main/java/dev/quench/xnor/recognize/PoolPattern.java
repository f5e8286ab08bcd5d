// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.tensor.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Recognizes two-dimensional `MaxPool` nodes over signs or over floats that an instruction
/// computes.
final class PoolPattern {
  private static final Set<String> COMPARISONS =
      Set.of("Greater", "GreaterOrEqual", "Less", "LessOrEqual");

  /// Operators that turn a difference in the sign of a zero into a difference in the sign of a zero
  /// at most.
  private static final Set<String> PASS_ZEROS_ON =
      Set.of(
          "BatchNormalization", "Clip", "Identity", "LeakyRelu", "MaxPool", "Mul", "PRelu", "Relu");

  private PoolPattern() {}

  static Match<Recognized> of(Node node, Activations activations) {
    return switch (activations.get(node.input(0))) {
      case null -> Match.absent();
      case Activation.Signs signs -> window(node).then(window -> ofSigns(node, window, signs));
      case Activation.Reals reals -> window(node).then(window -> ofReals(node, window, reals));
    };
  }

  private static Match<SlidingWindow> window(Node node) {
    long[] kernel = node.intsAttribute("kernel_shape").orElse(new long[0]);
    if (kernel.length != 2
        || node.input(0).shape().map(Shape::rank).orElse(0) != 4
        || node.outputs().size() != 1) {
      return Match.refused("it is not two-dimensional with one output");
    }
    return ImageWindow.of(node, kernel[0], kernel[1])
        .then(window ->
            window.axes().stream().anyMatch(WindowAxis::mayHoldOnlyPadding)
                ? Match.refused("its padding is as large as its window")
                : Match.found(window));
  }

  private static Match<Recognized> ofSigns(
      Node node, SlidingWindow window, Activation.Signs signs) {
    List<Boolean> none = Collections.nCopies(signs.channels(), false);
    return Match.found(
        new Recognized(
            new Instruction.BitMaxPool(node.input(0), window, none, node.output(0)), signs));
  }

  private static Match<Recognized> ofReals(
      Node node, SlidingWindow window, Activation.Reals reals) {
    if (!hasOneMaximum(reals.bounds(), node.output(0))) {
      return Match.refused(
          "its values may be infinite or zeros of both signs, so that the maximum depends on the order of comparison");
    }
    return Match.found(
        new Recognized(new Instruction.MaxPool(node.input(0), window, node.output(0)), reals));
  }

  private static boolean hasOneMaximum(@Nullable ValueBounds bounds, Value output) {
    return bounds != null
        && bounds.isFinite()
        && (!bounds.mayBeNegativeZero() || onlyCompared(output));
  }

  /// Whether the sign of a zero cannot reach an output: all paths end in comparisons.
  private static boolean onlyCompared(Value value) {
    if (value.isGraphOutput()) {
      return false;
    }
    for (Use use : value.uses()) {
      Node reader = use.node();
      boolean passesOn = PASS_ZEROS_ON.contains(reader.opType());
      boolean compares = COMPARISONS.contains(reader.opType());
      if (!reader.domain().isEmpty()
          || !(compares || (passesOn && onlyCompared(reader.output(0))))) {
        return false;
      }
    }
    return true;
  }
}
