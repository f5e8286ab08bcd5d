// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.dataset.BatchAxes;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Shapes of inputs for one inference of one sample, those that [ModelCost] counts at.
public final class CountedShapes {
  private CountedShapes() {}

  /// A copy of the model with these shapes throughout; a free dimension that counts samples is 1.
  ///
  /// @param model not modified
  /// @param inputShapes by input name
  /// @throws IllegalArgumentException if an input is unknown or its rank differs
  /// @throws dev.quench.graph.ModelFormatException if the model cannot take these shapes
  public static Model settle(Model model, Map<String, Shape> inputShapes) {
    Model shaped = model.copy();
    Map<String, Shape> shapes = new LinkedHashMap<>(inputShapes);
    of(shaped.graph().requiredInputs(), inputShapes).forEach(shapes::putIfAbsent);
    if (shapes.isEmpty()) {
      ShapeInference.infer(shaped);
    } else {
      ShapeInference.withInputShapes(shaped, shapes);
    }
    return shaped;
  }

  /// Shapes of the inputs whose declared shape settles nothing yet.
  ///
  /// @param given by input name; those of another rank than declared say nothing of names
  private static Map<String, Shape> of(List<Value> inputs, Map<String, Shape> given) {
    Map<String, Shape> declared = new LinkedHashMap<>();
    inputs.forEach(input -> input.shape().ifPresent(shape -> declared.put(input.name(), shape)));
    BatchAxes axes = BatchAxes.of(declared);
    Map<String, Long> sizes = new HashMap<>();
    declared.forEach((name, shape) -> sizes(shape, given.get(name), sizes));
    declared.forEach((name, shape) -> {
      OptionalInt axis = axes.of(name);
      if (axis.isPresent()
          && axis.getAsInt() < shape.rank()
          && shape.dim(axis.getAsInt()) instanceof Dim.Symbolic(String symbol)) {
        sizes.putIfAbsent(symbol, 1L);
      }
    });
    Map<String, Shape> counted = new LinkedHashMap<>();
    declared.forEach((name, shape) -> {
      Shape settled = shape;
      for (int axis = 0; axis < shape.rank(); axis++) {
        switch (shape.dim(axis)) {
          case Dim.Fixed _ -> {}
          case Dim.Symbolic(String symbol) -> {
            if (sizes.containsKey(symbol)) {
              settled = settled.with(axis, Dim.of(sizes.get(symbol)));
            }
          }
          case Dim.Unknown _ -> {
            if (axes.of(name).equals(OptionalInt.of(axis))) {
              settled = settled.with(axis, Dim.of(1));
            }
          }
        }
      }
      if (!settled.equals(shape)) {
        counted.put(name, settled);
      }
    });
    return counted;
  }

  private static void sizes(Shape declared, @Nullable Shape given, Map<String, Long> sizes) {
    if (given == null || given.rank() != declared.rank()) {
      return;
    }
    for (int axis = 0; axis < declared.rank(); axis++) {
      if (declared.dim(axis) instanceof Dim.Symbolic(String symbol)
          && given.dim(axis) instanceof Dim.Fixed(long size)) {
        sizes.putIfAbsent(symbol, size);
      }
    }
  }
}
