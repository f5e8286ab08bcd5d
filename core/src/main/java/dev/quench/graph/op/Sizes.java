// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Arithmetic on dimensions. A symbol survives operations that do not change its size; every other
/// result with a symbol is unknown, as is one that overflows a `long`.
final class Sizes {
  private Sizes() {}

  static Dim times(Dim dim, long factor) {
    if (factor == 1) {
      return dim;
    }
    return dim instanceof Dim.Fixed(long size) ? fixedProduct(size, factor) : Dim.UNKNOWN;
  }

  static Dim times(Dim a, Dim b) {
    if (a instanceof Dim.Fixed(long size)) {
      return times(b, size);
    }
    return b instanceof Dim.Fixed(long size) ? times(a, size) : Dim.UNKNOWN;
  }

  /// The quotient, rounded down.
  static Dim over(Dim dim, long divisor) {
    if (divisor == 1) {
      return dim;
    }
    return dim instanceof Dim.Fixed(long size) ? Dim.of(size / divisor) : Dim.UNKNOWN;
  }

  static Dim plus(Dim dim, long addend) {
    if (addend == 0) {
      return dim;
    }
    return dim instanceof Dim.Fixed(long size) && size + addend >= 0
        ? Dim.of(size + addend)
        : Dim.UNKNOWN;
  }

  static Dim plus(Dim a, Dim b) {
    if (a instanceof Dim.Fixed(long size)) {
      return plus(b, size);
    }
    return b instanceof Dim.Fixed(long size) ? plus(a, size) : Dim.UNKNOWN;
  }

  static Dim product(List<Dim> dims) {
    Dim product = Dim.of(1);
    for (Dim dim : dims) {
      product = times(product, dim);
    }
    return product;
  }

  /// `total` divided by `part`, where symbols that occur on both sides cancel out.
  static Dim quotient(List<Dim> total, List<Dim> part) {
    List<Dim> above = new ArrayList<>(total);
    List<Dim> below = new ArrayList<>(part);
    for (Dim dim : part) {
      if (dim instanceof Dim.Symbolic && above.remove(dim)) {
        below.remove(dim);
      }
    }
    if (!(product(below) instanceof Dim.Fixed(long divisor)) || divisor == 0) {
      return Dim.UNKNOWN;
    }
    List<Dim> open = above.stream().filter(dim -> !(dim instanceof Dim.Fixed)).toList();
    List<Dim> fixed = above.stream().filter(Dim.Fixed.class::isInstance).toList();
    if (!(product(fixed) instanceof Dim.Fixed(long dividend))) {
      return Dim.UNKNOWN;
    }
    if (open.isEmpty()) {
      return dividend % divisor == 0 ? Dim.of(dividend / divisor) : Dim.UNKNOWN;
    }
    return open.size() == 1 && dividend == divisor ? open.getFirst() : Dim.UNKNOWN;
  }

  static List<Dim> unknown(int rank) {
    List<Dim> dims = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      dims.add(Dim.UNKNOWN);
    }
    return dims;
  }

  /// A mutable list of the dimensions.
  static List<Dim> copyOf(Shape shape) {
    return new ArrayList<>(shape.dims());
  }

  private static Dim fixedProduct(long a, long b) {
    long product = a * b;
    boolean overflow = Math.multiplyHigh(a, b) != product >> 63;
    return overflow || product < 0 ? Dim.UNKNOWN : Dim.of(product);
  }
}
