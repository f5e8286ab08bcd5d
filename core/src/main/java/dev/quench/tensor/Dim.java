// SPDX-License-Identifier: Apache-2.0
package dev.quench.tensor;

/// One dimension of a shape: a number, a name shared between shapes, or nothing known.
public sealed interface Dim {
  Dim UNKNOWN = new Unknown();

  /// @param size zero or more
  record Fixed(long size) implements Dim {
    public Fixed {
      if (size < 0) {
        throw new IllegalArgumentException("dimension must be zero or more, got " + size);
      }
    }

    @Override
    public String toString() {
      return Long.toString(size);
    }
  }

  /// Equal names mean equal sizes within one graph.
  record Symbolic(String name) implements Dim {
    public Symbolic {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("a symbolic dimension needs a name; use Dim.UNKNOWN");
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  record Unknown() implements Dim {
    @Override
    public String toString() {
      return "?";
    }
  }

  static Dim of(long size) {
    return new Fixed(size);
  }

  static Dim of(String name) {
    return new Symbolic(name);
  }
}
