// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.Optional;

/// Determines the number of classes of a network.
public final class OutputClasses {
  private OutputClasses() {}

  /// @throws ModelFormatException if the first output has no fixed number of elements per sample
  public static int of(Model model) {
    ShapeInference.infer(model);
    Optional<Shape> shape = model.graph().outputs().getFirst().shape();
    long classes = shape.isPresent() && shape.get().rank() >= 2 ? 1 : -1;
    for (int axis = 1; shape.isPresent() && axis < shape.get().rank(); axis++) {
      classes = shape.get().dim(axis) instanceof Dim.Fixed(long size) ? classes * size : -1;
    }
    if (classes < 1) {
      throw new ModelFormatException(
          "the number of classes of output %s is unknown; expected a shape [N, classes]"
              .formatted(model.graph().outputs().getFirst()));
    }
    return Math.toIntExact(classes);
  }
}
