// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.run.InputCheck;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.internal.execute.ProfileChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Checks a caller's inputs against those that a session expects.
///
/// @param declared inputs as the model declares them
/// @param profiles shapes that the engine supports, for inputs with free dimensions
record ProfileCheck(InputCheck declared, List<Map<String, ShapeRange>> profiles) {
  ProfileCheck {
    profiles = List.copyOf(profiles);
  }

  ProfileCheck(List<TensorSpec> specs, List<Map<String, ShapeRange>> profiles) {
    this(new InputCheck(specs, Set.of()), profiles);
  }

  /// Every input.
  List<TensorSpec> specs() {
    return declared.specs();
  }

  /// @throws IllegalArgumentException if a name, type or shape does not fit, naming the expected
  ///   one
  void check(Map<String, Tensor> inputs) {
    declared.check(inputs);
    for (TensorSpec spec : declared.specs()) {
      requireServed(spec, shape(inputs, spec.name()));
    }
    requireProfile(inputs);
  }

  /// @throws IllegalArgumentException if no profile serves this shape of one input
  void check(TensorSpec spec, Shape shape) {
    declared.check(spec, shape);
    requireServed(spec, shape);
  }

  private void requireServed(TensorSpec spec, Shape shape) {
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
          "input '%s': got shape %s, the engine supports %s; feed smaller batches or build the engine with a wider profile"
              .formatted(
                  spec.name(),
                  shape,
                  String.join(" or ", served.stream().map(ShapeRange::toString).toList())));
    }
  }

  /// Each input fits some profile; all inputs together must fit one.
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
}
