// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.ProfileChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Holds what a caller feeds against what a session expects.
///
/// @param specs every input
/// @param profiles shapes that the engine serves, for inputs with free dimensions
record InputCheck(List<TensorSpec> specs, List<Map<String, ShapeRange>> profiles) {
  InputCheck {
    specs = List.copyOf(specs);
    profiles = List.copyOf(profiles);
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
      if (tensor.dataType() != spec.dataType()) {
        throw new IllegalArgumentException(
            "input '%s': got type %s, expected %s"
                .formatted(spec.name(), tensor.dataType(), spec.dataType()));
      }
      check(spec, tensor.shape());
    }
    if (inputs.size() > specs.size()) {
      for (String name : inputs.keySet()) {
        if (specs.stream().noneMatch(spec -> spec.name().equals(name))) {
          throw new IllegalArgumentException(
              "the model has no input '%s'; it expects %s".formatted(name, specs));
        }
      }
    }
    requireProfile(inputs);
  }

  /// @throws IllegalArgumentException if no profile serves this shape of one input
  void check(TensorSpec spec, Shape shape) {
    if (!fits(spec.shape(), shape)) {
      throw new IllegalArgumentException(
          "input '%s': got shape %s, expected %s".formatted(spec.name(), shape, spec.shape()));
    }
    List<ShapeRange> served = new ArrayList<>();
    for (Map<String, ShapeRange> profile : profiles) {
      ShapeRange range = profile.get(spec.name());
      if (range == null || range.contains(shape)) {
        return;
      }
      served.add(range);
    }
    if (!served.isEmpty()) {
      throw new IllegalArgumentException(
          "input '%s': got shape %s, the engine serves %s; feed smaller batches or build the engine with a wider profile"
              .formatted(
                  spec.name(),
                  shape,
                  String.join(" or ", served.stream().map(ShapeRange::toString).toList())));
    }
  }

  /// Each input alone fits some profile; together they must fit one.
  private void requireProfile(Map<String, Tensor> inputs) {
    if (profiles.size() > 1 && ProfileChoice.choose(profiles, name -> shape(inputs, name)) < 0) {
      throw new IllegalArgumentException(
          "no profile of the engine serves the shapes of all inputs together; it has " + profiles);
    }
  }

  private static Shape shape(Map<String, Tensor> inputs, String name) {
    Tensor tensor = inputs.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("input '" + name + "' is missing");
    }
    return tensor.shape();
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
