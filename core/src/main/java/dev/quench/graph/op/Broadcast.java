// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Multidirectional broadcasting of ONNX: shapes are aligned at the last axis, and a size of 1
/// stretches.
final class Broadcast {
  private Broadcast() {}

  /// The common shape of several.
  ///
  /// @throws dev.quench.graph.ModelFormatException naming the node if two fixed sizes differ and
  ///   neither is 1
  static Shape of(InferenceContext context, List<Shape> shapes) {
    int rank = shapes.stream().mapToInt(Shape::rank).max().orElse(0);
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      Dim common = Dim.of(1);
      for (Shape shape : shapes) {
        int own = axis - (rank - shape.rank());
        if (own >= 0) {
          common = join(context, common, shape.dim(own), shapes);
        }
      }
      dims.add(common);
    }
    return new Shape(dims);
  }

  private static Dim join(InferenceContext context, Dim a, Dim b, List<Shape> shapes) {
    if (a.equals(b) || isOne(b)) {
      return a;
    }
    if (isOne(a)) {
      return b;
    }
    if (a instanceof Dim.Fixed && b instanceof Dim.Fixed) {
      throw context.problem("shapes " + shapes + " do not broadcast: " + a + " against " + b);
    }
    // A fixed size other than 1 wins: the other side must be 1 or the same.
    if (a instanceof Dim.Fixed) {
      return a;
    }
    return b instanceof Dim.Fixed ? b : Dim.UNKNOWN;
  }

  private static boolean isOne(Dim dim) {
    return dim instanceof Dim.Fixed(long size) && size == 1;
  }
}
