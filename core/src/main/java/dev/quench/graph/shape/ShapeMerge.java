// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.shape;

import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Combines shapes of one value that come from different sources.
final class ShapeMerge {
  private ShapeMerge() {}

  /// Merges a declared and a computed shape: per dimension the more precise one, and the computed
  /// one where both are equally precise or contradict each other.
  static Shape refine(@Nullable Shape declared, Shape computed) {
    if (declared == null || declared.rank() != computed.rank()) {
      return computed;
    }
    List<Dim> dims = new ArrayList<>();
    for (int i = 0; i < computed.rank(); i++) {
      Dim before = declared.dim(i);
      Dim now = computed.dim(i);
      dims.add(
          switch (now) {
            case Dim.Fixed _ -> now;
            case Dim.Symbolic _ -> before instanceof Dim.Fixed ? before : now;
            case Dim.Unknown _ -> before;
          });
    }
    return new Shape(dims);
  }

  /// The shape that holds for any of several values; empty if their ranks differ or one is unknown.
  static Optional<Shape> common(List<Value> values) {
    Optional<Shape> common =
        values.getFirst().isAbsent() ? Optional.empty() : values.getFirst().shape();
    for (Value value : values) {
      if (value.isAbsent() || value.shape().isEmpty() || common.isEmpty()) {
        return Optional.empty();
      }
      common = common(common.get(), value.shape().get());
    }
    return common;
  }

  private static Optional<Shape> common(Shape a, Shape b) {
    if (a.rank() != b.rank()) {
      return Optional.empty();
    }
    List<Dim> dims = new ArrayList<>();
    for (int i = 0; i < a.rank(); i++) {
      dims.add(a.dim(i).equals(b.dim(i)) ? a.dim(i) : Dim.UNKNOWN);
    }
    return Optional.of(new Shape(dims));
  }

  static Shape insert(Shape shape, int axis, Dim dim) {
    List<Dim> dims = new ArrayList<>(shape.dims());
    dims.add(axis, dim);
    return new Shape(dims);
  }

  static Shape remove(Shape shape, int axis) {
    List<Dim> dims = new ArrayList<>(shape.dims());
    dims.remove(axis);
    return new Shape(dims);
  }
}
