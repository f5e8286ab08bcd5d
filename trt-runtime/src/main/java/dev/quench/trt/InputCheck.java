// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Holds what a caller feeds against what a session expects.
///
/// @param specs every input
/// @param profile shapes that the engine serves, for inputs with free dimensions
record InputCheck(List<TensorSpec> specs, Map<String, ShapeRange> profile) {
  InputCheck {
    specs = List.copyOf(specs);
    profile = Map.copyOf(profile);
  }

  /// @throws IllegalArgumentException if a name, type or shape does not fit, saying what was
  ///   expected
  void check(Map<String, Tensor> inputs) {
    for (TensorSpec spec : specs) {
      Tensor tensor = inputs.get(spec.name());
      if (tensor == null) {
        throw new IllegalArgumentException(
            "input %s is missing; got %s".formatted(spec, inputs.keySet()));
      }
      check(spec, tensor);
    }
    if (inputs.size() > specs.size()) {
      for (String name : inputs.keySet()) {
        if (specs.stream().noneMatch(spec -> spec.name().equals(name))) {
          throw new IllegalArgumentException(
              "the model has no input '%s'; it expects %s".formatted(name, specs));
        }
      }
    }
  }

  private void check(TensorSpec spec, Tensor tensor) {
    if (tensor.dataType() != spec.dataType()) {
      throw new IllegalArgumentException(
          "input '%s': got type %s, expected %s"
              .formatted(spec.name(), tensor.dataType(), spec.dataType()));
    }
    if (!fits(spec.shape(), tensor.shape())) {
      throw new IllegalArgumentException(
          "input '%s': got shape %s, expected %s"
              .formatted(spec.name(), tensor.shape(), spec.shape()));
    }
    ShapeRange range = profile.get(spec.name());
    if (range != null && !range.contains(tensor.shape())) {
      throw new IllegalArgumentException(
          "input '%s': got shape %s, the engine serves %s; feed smaller batches or build the engine with a wider profile"
              .formatted(spec.name(), tensor.shape(), range));
    }
  }

  private static boolean fits(Shape expected, Shape actual) {
    if (expected.rank() != actual.rank()) {
      return false;
    }
    for (int i = 0; i < expected.rank(); i++) {
      if (expected.dim(i) instanceof Dim.Fixed(long size) && actual.size(i) != size) {
        return false;
      }
    }
    return true;
  }
}
