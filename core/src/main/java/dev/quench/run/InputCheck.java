// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Checks fed tensors against the declared inputs of a model, before native code sees them.
/// Immutable, thread-safe.
///
/// @param specs the inputs in graph order
/// @param unranked names of those whose rank the model leaves open
public record InputCheck(List<TensorSpec> specs, Set<String> unranked) {
  public InputCheck {
    specs = List.copyOf(specs);
    unranked = Set.copyOf(unranked);
  }

  /// @throws IllegalArgumentException if a name, type or shape does not fit, saying what was
  ///   expected
  public void check(Map<String, Tensor> inputs) {
    for (TensorSpec spec : specs) {
      Tensor tensor = inputs.get(spec.name());
      if (tensor == null) {
        throw new IllegalArgumentException(
            "input %s is missing; got %s".formatted(spec, inputs.keySet()));
      }
      if (tensor.dataType() != spec.dataType()) {
        throw new IllegalArgumentException(
            "input '%s' is %s, expected %s"
                .formatted(spec.name(), tensor.dataType(), spec.dataType()));
      }
      check(spec, tensor.shape());
    }
    if (inputs.size() > specs.size()) {
      Set<String> known = specs.stream().map(TensorSpec::name).collect(Collectors.toSet());
      String extra =
          inputs.keySet().stream().filter(name -> !known.contains(name)).findFirst().orElseThrow();
      throw new IllegalArgumentException(
          "input '%s' is unknown; the model takes %s"
              .formatted(
                  extra,
                  specs.stream().map(TensorSpec::toString).collect(Collectors.joining(", "))));
    }
  }

  /// @throws IllegalArgumentException if one input cannot have this shape
  public void check(TensorSpec spec, Shape shape) {
    if (!unranked.contains(spec.name()) && !fits(shape, spec.shape())) {
      throw new IllegalArgumentException(
          "input '%s' has shape %s, expected %s".formatted(spec.name(), shape, spec.shape()));
    }
  }

  private static boolean fits(Shape actual, Shape declared) {
    if (actual.rank() != declared.rank()) {
      return false;
    }
    for (int axis = 0; axis < declared.rank(); axis++) {
      if (declared.dim(axis) instanceof Dim.Fixed(long size) && actual.size(axis) != size) {
        return false;
      }
    }
    return true;
  }
}
