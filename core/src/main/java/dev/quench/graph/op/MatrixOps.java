// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import static dev.quench.graph.op.SchemaTable.since;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Matrix products and sums of products by index.
final class MatrixOps {
  private static final String GEMM = "alpha:f=1 beta:f=1 transA:i=0 transB:i=0";

  private MatrixOps() {}

  static void register(SchemaTable table) {
    table.add("Gemm", since(7, 9), "A B C -> Y", GEMM, MatrixOps::gemm);
    table.add("Gemm", since(11, 13), "A B C? -> Y", GEMM, MatrixOps::gemm);
    table.add("MatMul", since(1, 9, 13), "A B -> Y", "", c -> matMul(c, 1));
    table.add(
        "MatMulInteger",
        since(10),
        "A B a_zero_point? b_zero_point? -> Y",
        "",
        c -> {
          matMul(c, 1);
          c.setType(0, DataType.INT32);
        });
    table.add(
        "QLinearMatMul",
        since(10, 21),
        "a a_scale a_zero_point b b_scale b_zero_point y_scale y_zero_point -> y",
        "",
        c -> {
          matMul(c, 3);
          c.copyType(7, 0);
        });
    table.add("Einsum", since(12), "Inputs+ -> Output", "equation:s!", MatrixOps::einsum);
  }

  private static void gemm(InferenceContext c) {
    c.copyType(0, 0);
    if (c.known(0)) {
      c.requireRank(0, 2, "[M, K]");
    }
    if (c.known(1)) {
      c.requireRank(1, 2, "[K, N]");
    }
    if (!c.known(0, 1)) {
      return;
    }
    int rowsOfA = c.flag("transA") ? 1 : 0;
    int rowsOfB = c.flag("transB") ? 1 : 0;
    Shape a = c.shape(0);
    Shape b = c.shape(1);
    c.same(a.dim(1 - rowsOfA), b.dim(rowsOfB), 1, "the size K to sum over");
    c.setShape(0, Shape.of(a.dim(rowsOfA), b.dim(1 - rowsOfB)));
  }

  private static void matMul(InferenceContext c, int right) {
    c.copyType(0, 0);
    if (!c.known(0, right)) {
      return;
    }
    Shape a = c.shape(0);
    Shape b = c.shape(right);
    if (a.rank() == 0 || b.rank() == 0) {
      throw c.problem(a.rank() == 0 ? 0 : right, "rank 0, expected 1 or more");
    }
    Dim summed = b.rank() == 1 ? b.dim(0) : b.dim(-2);
    c.same(a.dim(-1), summed, right, "the size K to sum over");
    List<Dim> y = Sizes.copyOf(Broadcast.of(c, List.of(leading(a), leading(b))));
    if (a.rank() > 1) {
      y.add(a.dim(-2));
    }
    if (b.rank() > 1) {
      y.add(b.dim(-1));
    }
    c.setShape(0, y);
  }

  private static Shape leading(Shape shape) {
    return new Shape(shape.dims().subList(0, Math.max(0, shape.rank() - 2)));
  }

  /// Follows equations of letters; an ellipsis is left unknown.
  private static void einsum(InferenceContext c) {
    c.copyType(0, 0);
    String equation = c.text("equation").replace(" ", "");
    int arrow = equation.indexOf("->");
    String left = arrow < 0 ? equation : equation.substring(0, arrow);
    String[] terms = left.split(",", -1);
    if (terms.length != c.inputCount()) {
      throw c.problem(
          "equation '%s' has %d terms for %d inputs"
              .formatted(equation, terms.length, c.inputCount()));
    }
    if (equation.contains(".")) {
      return;
    }
    Map<Character, Dim> sizes = new LinkedHashMap<>();
    for (int i = 0; i < terms.length; i++) {
      for (int axis = 0; axis < terms[i].length(); axis++) {
        Dim dim = Dim.UNKNOWN;
        if (c.known(i)) {
          c.requireRank(i, terms[i].length(), "by the equation '" + equation + "'");
          dim = c.shape(i).dim(axis);
        }
        char letter = terms[i].charAt(axis);
        Dim former = sizes.getOrDefault(letter, Dim.UNKNOWN);
        boolean stretches = former instanceof Dim.Fixed(long size) && size == 1;
        sizes.put(
            letter,
            stretches
                ? dim
                : Dim.of(1).equals(dim)
                    ? former
                    : c.same(former, dim, i, "index '" + letter + "'"));
      }
    }
    List<Dim> y = new ArrayList<>();
    for (char letter : outputLetters(equation, arrow, left)) {
      y.add(sizes.getOrDefault(letter, Dim.UNKNOWN));
    }
    c.setShape(0, y);
  }

  /// What follows the arrow or, without one, the letters that occur once, in alphabetical order.
  private static char[] outputLetters(String equation, int arrow, String left) {
    if (arrow >= 0) {
      return equation.substring(arrow + 2).toCharArray();
    }
    StringBuilder once = new StringBuilder();
    left.chars()
        .filter(letter -> letter != ',' && left.indexOf(letter) == left.lastIndexOf(letter))
        .sorted()
        .forEach(letter -> once.append((char) letter));
    return once.toString().toCharArray();
  }
}
