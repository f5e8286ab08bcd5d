// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Lets a `Resize` with constant sizes follow, in this order: the tensor it has to fit, the input
/// of the network, or a whole multiple of its input.
final class FreeResize {
  private final Node node;
  private final DimensionProbes probes;
  private final Dependence dependence;
  private final List<String> evidence = new ArrayList<>();

  private FreeResize(Node node, DimensionProbes probes, Dependence dependence) {
    this.node = node;
    this.probes = probes;
    this.dependence = dependence;
  }

  static Optional<DimensionReport.Rewrite> rewrite(
      Node node, DimensionProbes probes, Dependence dependence, List<Map<String, Shape>> shapes) {
    Optional<Tensor> sizes = node.input(3).constant().filter(tensor -> tensor.elements() > 0);
    Optional<Shape> from = probes.former(node.input(0));
    boolean varies =
        from.isPresent()
            && shapes.stream().anyMatch(each -> !from.get().equals(each.get(node.input(0).name())));
    if (sizes.isEmpty() || !varies) {
      return Optional.empty();
    }
    return Optional.of(
        new FreeResize(node, probes, dependence)
            .rewrite(sizes.get().toLongs(), from.get(), shapes));
  }

  private DimensionReport.Rewrite rewrite(
      long[] sizes, Shape from, List<Map<String, Shape>> shapes) {
    long[] axes = node.intsAttribute("axes").orElse(null);
    ShapeArithmetic arithmetic = new ShapeArithmetic(node);
    List<Value> computed = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      int axis = axes == null ? i : (int) (axes[i] < 0 ? axes[i] + from.rank() : axes[i]);
      boolean varies =
          shapes.stream()
              .anyMatch(each ->
                  each.get(node.input(0).name()) == null
                      || !each.get(node.input(0).name()).dim(axis).equals(from.dim(axis)));
      computed.add(
          varies
              ? size(arithmetic, axis, sizes[i], from.size(axis))
              : arithmetic.constant(sizes[i]));
    }
    node.setInput(3, arithmetic.vector(computed));
    return new DimensionReport.Rewrite(
        node.describe(),
        "computes its sizes instead of " + Arrays.toString(sizes),
        String.join(" and ", evidence));
  }

  private Value size(ShapeArithmetic arithmetic, int axis, long size, long before) {
    if (size == before) {
      evidence.add("axis %d keeps its size".formatted(axis));
      return arithmetic.size(node.input(0), axis);
    }
    Optional<Value> partner = new MergePartner(probes, dependence).of(node.output(0), axis);
    if (partner.isPresent()) {
      evidence.add("axis %d has to fit '%s'".formatted(axis, partner.get().name()));
      return arithmetic.size(partner.get(), axis);
    }
    for (Value input : node.graph().requiredInputs()) {
      Optional<Shape> shape = probes.former(input);
      if (shape.isPresent() && axis < shape.get().rank() && shape.get().size(axis) == size) {
        evidence.add("axis %d had the size of input '%s'".formatted(axis, input.name()));
        return arithmetic.size(input, axis);
      }
    }
    if (before > 0 && size % before == 0) {
      long factor = size / before;
      evidence.add("axis %d grew by the whole factor %d".formatted(axis, factor));
      return arithmetic.product(arithmetic.size(node.input(0), axis), arithmetic.constant(factor));
    }
    throw new UnsupportedOperatorException(
        node,
        "its size %d along axis %d, from %d, follows from no other tensor; export the model with this dimension free"
            .formatted(size, axis, before));
  }
}
