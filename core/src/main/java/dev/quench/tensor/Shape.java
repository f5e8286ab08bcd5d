// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Dimensions of known rank, outermost first. Immutable; equality is by content.
public record Shape(List<Dim> dims) {
  public static final Shape SCALAR = new Shape(List.of());

  public Shape {
    dims = List.copyOf(dims);
  }

  public static Shape of(long... sizes) {
    return new Shape(Arrays.stream(sizes).mapToObj(Dim::of).toList());
  }

  public static Shape of(Dim... dims) {
    return new Shape(List.of(dims));
  }

  public int rank() {
    return dims.size();
  }

  /// @param axis may be negative, counting from the end
  /// @throws IndexOutOfBoundsException if the axis is outside `[-rank, rank)`
  public Dim dim(int axis) {
    return dims.get(axis < 0 ? axis + rank() : axis);
  }

  public boolean isStatic() {
    return dims.stream().allMatch(Dim.Fixed.class::isInstance);
  }

  /// Size along `axis` (negative counts from the end).
  ///
  /// @throws IllegalStateException if that dimension is not fixed
  public long size(int axis) {
    return fixed(dim(axis));
  }

  /// @throws IllegalStateException if a dimension is not fixed
  public long[] sizes() {
    return dims.stream().mapToLong(this::fixed).toArray();
  }

  /// Product of all dimensions; 1 for a scalar, 0 as soon as one of them is 0.
  ///
  /// @throws IllegalStateException if a dimension is not fixed
  /// @throws ArithmeticException if the product does not fit a `long`
  public long elements() {
    long[] sizes = sizes();
    for (long size : sizes) {
      if (size == 0) {
        return 0;
      }
    }
    long product = 1;
    for (long size : sizes) {
      product = Math.multiplyExact(product, size);
    }
    return product;
  }

  /// A copy with the dimension at `axis` (negative counts from the end) replaced.
  public Shape with(int axis, Dim dim) {
    List<Dim> changed = new ArrayList<>(dims);
    changed.set(axis < 0 ? axis + rank() : axis, dim);
    return new Shape(changed);
  }

  private long fixed(Dim dim) {
    return switch (dim) {
      case Dim.Fixed(long size) -> size;
      case Dim.Symbolic _, Dim.Unknown _ ->
          throw new IllegalStateException("shape " + this + " is not static");
    };
  }

  /// For example `[N, 3, 224, 224]`.
  @Override
  public String toString() {
    return dims.stream().map(Dim::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
