// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.pipeline.ModelInputs;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Settles the free dimensions of a model's inputs: as given, else small.
///
/// The dimension that counts samples becomes 1; the last two of a rank-4 input 64, which survives
/// the strides of usual convolutional networks; any other 8. Dimensions of one name become equal.
public final class FreeDimensions {
  private static final long PIXELS = 64;
  private static final long OTHER = 8;

  private FreeDimensions() {}

  /// The inputs with all dimensions fixed.
  ///
  /// @param given by input name
  /// @throws CommandException if a given shape does not fit its input or names none
  public static List<TensorSpec> settle(List<TensorSpec> inputs, Map<String, Shape> given) {
    for (String name : given.keySet()) {
      InputFit.named("--shape", inputs, name);
    }
    Map<String, Long> byName = new HashMap<>();
    BatchAxes axes = new ModelInputs(inputs).suggestedAxes();
    for (TensorSpec input : inputs) {
      Shape shape = given.get(input.name());
      if (shape != null) {
        adopt(input, shape, byName);
      }
    }
    for (TensorSpec input : inputs) {
      OptionalInt axis = axes.of(input.name());
      if (axis.isPresent()
          && input.shape().dim(axis.getAsInt()) instanceof Dim.Symbolic(String n)) {
        byName.putIfAbsent(n, 1L);
      }
    }
    return inputs.stream()
        .map(input ->
            new TensorSpec(
                input.name(),
                input.dataType(),
                given.containsKey(input.name())
                    ? given.get(input.name())
                    : small(input.shape(), byName)))
        .toList();
  }

  /// What a backend said about settled inputs, with what can be done about their shapes.
  public static CommandException refused(List<TensorSpec> settled, RuntimeException error) {
    return new CommandException(
        error.getMessage() + "; tried with " + settled + ", --shape gives other shapes", error);
  }

  private static void adopt(TensorSpec input, Shape shape, Map<String, Long> byName) {
    if (shape.rank() != input.shape().rank()) {
      throw misfit(input, shape, "");
    }
    for (int axis = 0; axis < shape.rank(); axis++) {
      long size = shape.size(axis);
      switch (input.shape().dim(axis)) {
        case Dim.Fixed(long fixed) -> {
          if (fixed != size) {
            throw misfit(input, shape, "");
          }
        }
        case Dim.Symbolic(String name) -> {
          Long before = byName.put(name, size);
          if (before != null && before != size) {
            throw misfit(input, shape, "; dimension " + name + " is " + before + " elsewhere");
          }
        }
        case Dim.Unknown() -> {}
      }
    }
  }

  private static CommandException misfit(TensorSpec input, Shape shape, String why) {
    return new CommandException(
        "shape " + shape + " does not fit input " + input + why + "; give one that does");
  }

  private static Shape small(Shape shape, Map<String, Long> byName) {
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      long size = axis == 0 ? 1 : shape.rank() == 4 && axis >= 2 ? PIXELS : OTHER;
      dims.add(
          switch (shape.dim(axis)) {
            case Dim.Fixed fixed -> fixed;
            case Dim.Symbolic(String name) -> Dim.of(byName.computeIfAbsent(name, _ -> size));
            case Dim.Unknown() -> Dim.of(size);
          });
    }
    return new Shape(dims);
  }
}
