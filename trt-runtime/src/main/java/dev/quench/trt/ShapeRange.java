// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.tensor.Shape;

/// The shapes of one input that an engine supports, and the one it is tuned for. All are static and
/// of one rank, with `min <= opt <= max` in every dimension.
public record ShapeRange(Shape min, Shape opt, Shape max) {
  /// @throws IllegalArgumentException if the shapes break these rules
  public ShapeRange {
    if (!min.isStatic() || !opt.isStatic() || !max.isStatic()) {
      throw new IllegalArgumentException(
          "the shapes of a profile must be numbers, got " + describe(min, opt, max));
    }
    if (min.rank() != opt.rank() || opt.rank() != max.rank()) {
      throw new IllegalArgumentException(
          "the shapes of a profile must have the same rank, got " + describe(min, opt, max));
    }
    for (int i = 0; i < min.rank(); i++) {
      if (min.size(i) > opt.size(i) || opt.size(i) > max.size(i)) {
        throw new IllegalArgumentException(
            "the shapes of a profile must grow from min over opt to max in every dimension, got "
                + describe(min, opt, max));
      }
    }
  }

  /// Whether the range contains `shape`, which is static.
  public boolean contains(Shape shape) {
    if (shape.rank() != min.rank()) {
      return false;
    }
    for (int i = 0; i < min.rank(); i++) {
      if (shape.size(i) < min.size(i) || shape.size(i) > max.size(i)) {
        return false;
      }
    }
    return true;
  }

  private static String describe(Shape min, Shape opt, Shape max) {
    return "min " + min + ", opt " + opt + ", max " + max;
  }

  /// For example `[1, 3, 224, 224] to [64, 3, 224, 224]`.
  @Override
  public String toString() {
    return min.equals(max) ? min.toString() : min + " to " + max;
  }
}
