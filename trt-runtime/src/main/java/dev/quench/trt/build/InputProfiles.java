// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.trt.ShapeRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Finds the range of shapes for every input with free dimensions.
final class InputProfiles {
  private InputProfiles() {}

  /// The shapes of all profiles.
  ///
  /// @throws IllegalArgumentException if a range does not fit its input or one is missing, or a
  ///   model without free dimensions has several profiles
  static List<Map<String, ShapeRange>> resolve(
      Graph graph, List<Map<String, ShapeRange>> profiles, BatchRange batch) {
    List<Map<String, ShapeRange>> ranges = new ArrayList<>();
    for (Map<String, ShapeRange> profile : profiles) {
      ranges.add(resolve(graph, profile, batch));
    }
    if (profiles.size() > 1 && ranges.getFirst().isEmpty()) {
      throw new IllegalArgumentException(
          "no input has free dimensions, so the engine takes one profile; leave out the others");
    }
    return ranges;
  }

  /// @param given ranges by input name
  /// @param batch sizes of a free first dimension of inputs without a range
  /// @return the ranges of the inputs with free dimensions, in graph order
  /// @throws IllegalArgumentException if a range does not fit its input or one is missing
  static Map<String, ShapeRange> resolve(
      Graph graph, Map<String, ShapeRange> given, BatchRange batch) {
    List<Value> inputs = graph.requiredInputs();
    for (String name : given.keySet()) {
      if (inputs.stream().noneMatch(input -> input.name().equals(name))) {
        throw new IllegalArgumentException(
            "profile for '%s': the model has no such input; it has %s"
                .formatted(name, names(inputs)));
      }
    }
    Map<String, ShapeRange> ranges = new LinkedHashMap<>();
    for (Value input : inputs) {
      Shape shape =
          input
              .shape()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "input '%s' has no declared shape, which TensorRT needs"
                          .formatted(input.name())));
      ShapeRange range = given.get(input.name());
      if (range != null) {
        requireFit(input.name(), shape, range);
      }
      if (!shape.isStatic()) {
        ranges.put(input.name(), range != null ? range : byBatch(input.name(), shape, batch));
      }
    }
    return ranges;
  }

  private static void requireFit(String name, Shape declared, ShapeRange range) {
    boolean fits = range.min().rank() == declared.rank();
    for (int i = 0; fits && i < declared.rank(); i++) {
      fits =
          !(declared.dim(i) instanceof Dim.Fixed(long size))
              || (range.min().size(i) == size && range.max().size(i) == size);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "profile for '%s': %s does not fit the declared shape %s"
              .formatted(name, range, declared));
    }
  }

  private static ShapeRange byBatch(String name, Shape declared, BatchRange batch) {
    if (!declared.with(0, Dim.of(1)).isStatic()) {
      throw new IllegalArgumentException(
          "input '%s' has shape %s; give a profile with the smallest, the usual and the largest shape"
              .formatted(name, declared));
    }
    return new ShapeRange(
        declared.with(0, Dim.of(batch.min())),
        declared.with(0, Dim.of(batch.opt())),
        declared.with(0, Dim.of(batch.max())));
  }

  private static String names(List<Value> inputs) {
    return inputs.stream().map(input -> "'" + input.name() + "'").collect(Collectors.joining(", "));
  }
}
