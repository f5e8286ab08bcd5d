// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Graph;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Optional;

/// Lets a `Reshape` with a constant shape follow its input.
///
/// Matches old input and output dimensions in order into the smallest groups of equal product. A
/// varying group varies in its only output dimension; among several, in the one that had the size
/// of the symbol the group follows, or in those equal to dimensions of an earlier tensor.
final class FreeReshape {
  private final Node node;
  private final DimensionProbes probes;
  private final Shape from;
  private final Shape to;
  private final List<Shape> probed = new ArrayList<>();
  private final List<Map<String, Shape>> shapes;
  private final List<Size> sizes = new ArrayList<>();

  /// What an output dimension becomes.
  private sealed interface Size {
    record Constant(long value) implements Size {}

    /// The size of an axis of some tensor.
    record Of(Value value, int axis) implements Size {}

    /// The size that remains after the other dimensions.
    record Rest() implements Size {}
  }

  private FreeReshape(
      Node node, DimensionProbes probes, Shape from, Shape to, List<Map<String, Shape>> shapes) {
    this.node = node;
    this.probes = probes;
    this.from = from;
    this.to = to;
    this.shapes = shapes;
    shapes.forEach(each -> probed.add(each.get(node.input(0).name())));
  }

  static Optional<DimensionReport.Rewrite> rewrite(
      Node node, DimensionProbes probes, List<Map<String, Shape>> shapes) {
    Optional<Tensor> constant = node.input(1).constant();
    Optional<Shape> from = probes.former(node.input(0));
    Optional<Shape> to = probes.former(node.output(0));
    if (constant.isEmpty() || from.isEmpty() || to.isEmpty()) {
      return Optional.empty();
    }
    FreeReshape reshape = new FreeReshape(node, probes, from.get(), to.get(), shapes);
    if (reshape.probed.stream().anyMatch(shape -> shape == null || !shape.isStatic())) {
      return Optional.empty();
    }
    return reshape.rewrite(constant.get().toLongs());
  }

  private Optional<DimensionReport.Rewrite> rewrite(long[] constant) {
    if (probed.stream().allMatch(from::equals)) {
      return Optional.empty();
    }
    match();
    long[] plain = plain();
    if (Arrays.equals(plain, constant) || follows(constant)) {
      return Optional.empty();
    }
    if (plain.length > 0 || sizes.isEmpty()) {
      node.setInput(
          1, node.graph().addConstant(node.output(0).name() + "_shape", Tensor.vector(plain)));
    } else {
      node.setInput(1, computed());
    }
    node.removeAttribute("allowzero");
    return Optional.of(
        new DimensionReport.Rewrite(
            node.describe(),
            plain.length > 0
                ? "reshapes to %s instead of %s"
                    .formatted(Arrays.toString(plain), Arrays.toString(constant))
                : "computes its shape instead of " + Arrays.toString(constant),
            "%s became %s".formatted(from, to)));
  }

  // ---- matching ----

  private void match() {
    int i = 0;
    int j = 0;
    while (i < from.rank() || j < to.rank()) {
      int firstInput = i;
      int firstOutput = j;
      long a = i < from.rank() ? from.size(i++) : 1;
      long b = j < to.rank() ? to.size(j++) : 1;
      while (a != b) {
        if (a < b && i < from.rank()) {
          a *= from.size(i++);
        } else if (j < to.rank()) {
          b *= to.size(j++);
        } else {
          throw unclear("its input %s and output %s do not match".formatted(from, to));
        }
      }
      // A dimension of size 1 that nothing asks for goes with the group before it.
      while (i < from.rank() && from.size(i) == 1 && (j >= to.rank() || to.size(j) != 1)) {
        i++;
      }
      group(firstInput, i, firstOutput, j);
    }
  }

  private void group(int firstInput, int endInput, int firstOutput, int endOutput) {
    List<Long> after = new ArrayList<>();
    for (Shape shape : probed) {
      after.add(product(shape, firstInput, endInput));
    }
    long before = product(from, firstInput, endInput);
    if (after.stream().allMatch(size -> size == before) && unvaried(firstInput, endInput)) {
      for (int j = firstOutput; j < endOutput; j++) {
        sizes.add(new Size.Constant(to.size(j)));
      }
      return;
    }
    if (firstOutput == endOutput) {
      throw unclear("dimension %d, which varies, is dropped".formatted(firstInput));
    }
    int single = onlyInput(firstInput, endInput);
    if (single >= 0 && endOutput - firstOutput == 1) {
      sizes.add(new Size.Of(node.input(0), single));
    } else if (endOutput - firstOutput == 1) {
      sizes.add(new Size.Rest());
    } else {
      split(firstOutput, endOutput, before, after);
    }
  }

  /// The one input dimension of the group that is not always 1; -1 for none or several.
  private int onlyInput(int first, int end) {
    int found = -1;
    for (int i = first; i < end; i++) {
      if (from.size(i) != 1 || !unvaried(i, i + 1)) {
        if (found >= 0) {
          return -1;
        }
        found = i;
      }
    }
    return found;
  }

  private boolean unvaried(int firstInput, int endInput) {
    for (Shape shape : probed) {
      for (int i = firstInput; i < endInput; i++) {
        if (!shape.dim(i).equals(from.dim(i))) {
          return false;
        }
      }
    }
    return true;
  }

  /// Several output dimensions, of which at least one varies.
  private void split(int firstOutput, int endOutput, long before, List<Long> after) {
    int chosen = -1;
    for (Map.Entry<String, Long> symbol : probes.sizes().entrySet()) {
      if (probes.growsWith(symbol.getKey(), before, after)) {
        chosen = only(firstOutput, endOutput, symbol.getValue());
      }
    }
    if (chosen < 0) {
      Optional<Size.Of> earlier = earlier(firstOutput, endOutput, after);
      if (earlier.isPresent()) {
        for (int j = firstOutput; j < endOutput; j++) {
          sizes.add(new Size.Of(earlier.get().value(), earlier.get().axis() + j - firstOutput));
        }
        return;
      }
      chosen = onlyLong(firstOutput, endOutput);
    }
    if (chosen < 0) {
      throw unclear(
          "it splits %d, which varies, into %s"
              .formatted(before, to.dims().subList(firstOutput, endOutput)));
    }
    for (int j = firstOutput; j < endOutput; j++) {
      sizes.add(j == chosen ? new Size.Rest() : new Size.Constant(to.size(j)));
    }
  }

  /// The one output dimension of that size; -1 for none or several.
  private int only(int first, int end, long size) {
    int found = -1;
    for (int j = first; j < end; j++) {
      if (to.size(j) == size) {
        if (found >= 0) {
          return -1;
        }
        found = j;
      }
    }
    return found;
  }

  /// The one output dimension greater than 1; -1 for none or several.
  private int onlyLong(int first, int end) {
    int found = -1;
    for (int j = first; j < end; j++) {
      if (to.size(j) != 1) {
        if (found >= 0) {
          return -1;
        }
        found = j;
      }
    }
    return found;
  }

  /// The nearest earlier tensor with these dimensions side by side whose product was the same at
  /// each size.
  private Optional<Size.Of> earlier(int first, int end, List<Long> after) {
    Graph graph = node.graph();
    for (ListIterator<Node> before = graph.nodes().listIterator(graph.nodes().indexOf(node));
        before.hasPrevious(); ) {
      for (Value value : before.previous().outputs().reversed()) {
        Optional<Size.Of> found = sizes(value, first, end, after);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    for (Value input : graph.inputs().reversed()) {
      Optional<Size.Of> found = sizes(input, first, end, after);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /// The dimensions of `value` that match, if any.
  private Optional<Size.Of> sizes(Value value, int first, int end, List<Long> after) {
    Shape shape = probes.former(value).orElse(Shape.SCALAR);
    for (int axis = 0; axis + end - first <= shape.rank(); axis++) {
      if (shape.dims().subList(axis, axis + end - first).equals(to.dims().subList(first, end))
          && productsAre(value, axis, axis + end - first, after)) {
        return Optional.of(new Size.Of(value, axis));
      }
    }
    return Optional.empty();
  }

  private boolean productsAre(Value value, int first, int end, List<Long> after) {
    for (int p = 0; p < shapes.size(); p++) {
      Shape shape = shapes.get(p).get(value.name());
      if (shape == null || !shape.isStatic() || product(shape, first, end) != after.get(p)) {
        return false;
      }
    }
    return true;
  }

  private static long product(Shape shape, int first, int end) {
    long product = 1;
    for (int i = first; i < end; i++) {
      product *= shape.size(i);
    }
    return product;
  }

  /// Whether the constant, by its 0 and -1, gives the wanted shape at each size already.
  private boolean follows(long[] constant) {
    for (int p = 0; p < probed.size(); p++) {
      long all = product(probed.get(p), 0, from.rank());
      if (!Arrays.equals(wanted(p, all), resolved(constant, p, all))) {
        return false;
      }
    }
    return true;
  }

  private long[] wanted(int probe, long all) {
    long[] wanted = new long[sizes.size()];
    for (int j = 0; j < wanted.length; j++) {
      wanted[j] =
          switch (sizes.get(j)) {
            case Size.Constant(long value) -> value;
            case Size.Of(Value value, int axis) ->
                Optional.ofNullable(shapes.get(probe).get(value.name()))
                    .filter(Shape::isStatic)
                    .map(shape -> shape.size(axis))
                    .orElse(0L);
            case Size.Rest _ -> -1;
          };
    }
    return fill(wanted, all);
  }

  private long[] resolved(long[] constant, int probe, long all) {
    long[] resolved = constant.clone();
    for (int j = 0; j < resolved.length; j++) {
      if (resolved[j] == 0 && j < from.rank()) {
        resolved[j] = probed.get(probe).size(j);
      }
    }
    return fill(resolved, all);
  }

  /// Replaces -1 by the size that remains after the others.
  private static long[] fill(long[] dims, long all) {
    long product = 1;
    for (long dim : dims) {
      product *= dim == -1 ? 1 : dim;
    }
    for (int j = 0; j < dims.length; j++) {
      if (dims[j] == -1 && product != 0) {
        dims[j] = all / product;
      }
    }
    return dims;
  }

  // ---- writing ----

  /// A constant shape, with 0 for copied dimensions and -1 for one other; empty if no such constant
  /// exists.
  private long[] plain() {
    long[] plain = new long[sizes.size()];
    for (int j = 0; j < plain.length; j++) {
      switch (sizes.get(j)) {
        case Size.Constant(long value) -> plain[j] = value;
        case Size.Of(Value value, int axis) -> plain[j] = copies(value, axis, j) ? 0 : -1;
        case Size.Rest _ -> plain[j] = -1;
      }
    }
    return Arrays.stream(plain).filter(dim -> dim == -1).count() > 1 ? new long[0] : plain;
  }

  private boolean copies(Value value, int axis, int outputAxis) {
    return value == node.input(0) && axis == outputAxis;
  }

  private Value computed() {
    ShapeArithmetic arithmetic = new ShapeArithmetic(node);
    List<Value> elements = new ArrayList<>();
    boolean open = false;
    for (Size size : sizes) {
      elements.add(
          switch (size) {
            case Size.Constant(long value) -> arithmetic.constant(value);
            case Size.Of(Value value, int axis) -> arithmetic.size(value, axis);
            case Size.Rest _ -> {
              if (open) {
                throw unclear("two of its dimensions vary in ways that cannot be told apart");
              }
              yield arithmetic.constant(-1);
            }
          });
      open |= size instanceof Size.Rest;
    }
    return arithmetic.vector(elements);
  }

  private UnsupportedOperatorException unclear(String reason) {
    return new UnsupportedOperatorException(
        node,
        reason
            + "; the constant shape does not show how they vary, so export the model with these dimensions free");
  }
}
