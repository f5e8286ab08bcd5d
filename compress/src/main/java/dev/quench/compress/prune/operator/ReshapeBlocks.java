// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Runs of axes of two shapes that hold the same elements in the same order, so that each run can
/// be looked at alone.
///
/// @param before axes of the first shape, contiguous
/// @param after axes of the second shape, contiguous
record ReshapeBlocks(List<Integer> before, List<Integer> after) {
  ReshapeBlocks {
    before = List.copyOf(before);
    after = List.copyOf(after);
  }

  /// The shortest runs whose products provably agree, from the left and from the right; what is
  /// left between them is one run.
  ///
  /// @param copied axes of the second shape that are known to be the same axis of the first
  static List<ReshapeBlocks> of(Shape before, Shape after, boolean[] copied) {
    List<ReshapeBlocks> blocks = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < before.rank() && j < after.rank()) {
      int[] end = match(before, after, i, j, 1, copied);
      if (end.length == 0) {
        break;
      }
      blocks.add(new ReshapeBlocks(range(i, end[0]), range(j, end[1])));
      i = end[0];
      j = end[1];
    }
    int lastI = before.rank();
    int lastJ = after.rank();
    List<ReshapeBlocks> fromRight = new ArrayList<>();
    while (lastI > i && lastJ > j) {
      int[] end = match(before, after, lastI - 1, lastJ - 1, -1, copied);
      if (end.length == 0 || end[0] + 1 < i || end[1] + 1 < j) {
        break;
      }
      fromRight.addFirst(new ReshapeBlocks(range(end[0] + 1, lastI), range(end[1] + 1, lastJ)));
      lastI = end[0] + 1;
      lastJ = end[1] + 1;
    }
    if (i < lastI || j < lastJ) {
      blocks.add(new ReshapeBlocks(range(i, lastI), range(j, lastJ)));
    }
    blocks.addAll(fromRight);
    return blocks;
  }

  /// Where the shortest run that begins at `i` and `j` ends; empty if a size on the way is unknown.
  private static int[] match(Shape before, Shape after, int i, int j, int step, boolean[] copied) {
    if (isSame(before.dim(i), after.dim(j)) || (step > 0 && i == j && copied[j])) {
      return new int[] {i + step, j + step};
    }
    if (isOne(before.dim(i))) {
      return new int[] {i + step, j};
    }
    if (isOne(after.dim(j))) {
      return new int[] {i, j + step};
    }
    int a = i;
    int b = j;
    long first = size(before, a);
    long second = size(after, b);
    while (first != second) {
      if (first < 0 || second < 0) {
        return new int[0];
      }
      if (first < second) {
        a += step;
        first = a < 0 || a >= before.rank() ? -1 : times(first, size(before, a));
      } else {
        b += step;
        second = b < 0 || b >= after.rank() ? -1 : times(second, size(after, b));
      }
    }
    return first < 0 ? new int[0] : new int[] {a + step, b + step};
  }

  private static long times(long product, long size) {
    return size < 0 ? -1 : Math.multiplyExact(product, size);
  }

  /// −1 if unknown or 0, of which nothing can be told.
  private static long size(Shape shape, int axis) {
    return shape.dim(axis) instanceof Dim.Fixed(long size) && size > 0 ? size : -1;
  }

  private static boolean isSame(Dim a, Dim b) {
    return !(a instanceof Dim.Unknown) && a.equals(b);
  }

  private static boolean isOne(Dim dim) {
    return dim instanceof Dim.Fixed(long size) && size == 1;
  }

  private static List<Integer> range(int from, int to) {
    List<Integer> axes = new ArrayList<>();
    for (int axis = from; axis < to; axis++) {
      axes.add(axis);
    }
    return axes;
  }
}
