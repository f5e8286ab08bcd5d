// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.export.opset.Replacement;
import dev.quench.graph.AttributeValue;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Lets constant ranges along a varying axis follow it: `Slice`, `Expand`, `Split`, and global
/// pooling.
final class FreeWindow {
  private final Node node;
  private final DimensionProbes probes;
  private final Dependence dependence;
  private final List<Map<String, Shape>> shapes;

  private FreeWindow(
      Node node, DimensionProbes probes, Dependence dependence, List<Map<String, Shape>> shapes) {
    this.node = node;
    this.probes = probes;
    this.dependence = dependence;
    this.shapes = shapes;
  }

  static Optional<DimensionReport.Rewrite> rewrite(
      Node node, DimensionProbes probes, Dependence dependence, List<Map<String, Shape>> shapes) {
    FreeWindow window = new FreeWindow(node, probes, dependence, shapes);
    return switch (node.opType()) {
      case "Slice" -> window.slice();
      case "Expand" -> window.expand();
      case "Split" -> window.split();
      case "AveragePool", "MaxPool" -> window.pool();
      default -> Optional.empty();
    };
  }

  private boolean varies(Value value, int axis) {
    Optional<Shape> former = probes.former(value);
    return former.isPresent()
        && axis < former.get().rank()
        && shapes.stream()
            .map(each -> each.get(value.name()))
            .anyMatch(shape -> shape == null || !shape.dim(axis).equals(former.get().dim(axis)));
  }

  // ---- Slice ----

  private Optional<DimensionReport.Rewrite> slice() {
    Optional<Shape> from = probes.former(node.input(0));
    Optional<long[]> starts = node.input(1).constant().map(Tensor::toLongs);
    Optional<long[]> ends = node.input(2).constant().map(Tensor::toLongs);
    if (from.isEmpty() || starts.isEmpty() || ends.isEmpty()) {
      return Optional.empty();
    }
    long[] first = starts.get();
    long[] end = ends.get().clone();
    long[] axes = constants(3, first.length);
    long[] steps = constants(4, first.length);
    String evidence = "";
    for (int i = 0; i < first.length; i++) {
      int axis =
          (int)
              (node.input(3).isAbsent() ? i : axes[i] < 0 ? axes[i] + from.get().rank() : axes[i]);
      long step = node.input(4).isAbsent() ? 1 : steps[i];
      if (!varies(node.input(0), axis)) {
        continue;
      }
      long size = from.get().size(axis);
      if (step > 0 && end[i] == size) {
        end[i] = Long.MAX_VALUE;
        evidence = "it reached the end, %d, of axis %d".formatted(size, axis);
      } else if (end[i] > 0 && end[i] < size) {
        throw unclear("it ends at %d of %d along axis %d".formatted(end[i], size, axis));
      }
      if (first[i] > Math.max(1, Math.abs(step)) && first[i] < size) {
        throw unclear("it starts at %d of %d along axis %d".formatted(first[i], size, axis));
      }
    }
    if (evidence.isEmpty()) {
      return Optional.empty();
    }
    String name = node.output(0).name() + "_ends";
    node.setInput(2, node.graph().addConstant(name, Tensor.vector(end)));
    return Optional.of(new DimensionReport.Rewrite(node.describe(), "slices to the end", evidence));
  }

  private long[] constants(int input, int count) {
    if (node.input(input).isAbsent()) {
      return new long[count];
    }
    return node.input(input)
        .constant()
        .map(Tensor::toLongs)
        .orElseThrow(() -> unclear("its input %d is computed".formatted(input)));
  }

  // ---- Expand ----

  private Optional<DimensionReport.Rewrite> expand() {
    Optional<long[]> constant = node.input(1).constant().map(Tensor::toLongs);
    Optional<Shape> from = probes.former(node.input(0));
    Optional<Shape> to = probes.former(node.output(0));
    if (constant.isEmpty() || from.isEmpty() || to.isEmpty()) {
      return Optional.empty();
    }
    long[] target = constant.get().clone();
    Value[] computed = new Value[target.length];
    ShapeArithmetic arithmetic = new ShapeArithmetic(node);
    String evidence = "";
    for (int i = 0; i < target.length; i++) {
      int outputAxis = to.get().rank() - target.length + i;
      int inputAxis = from.get().rank() - target.length + i;
      if (inputAxis >= 0 && varies(node.input(0), inputAxis)) {
        if (target[i] != 1) {
          evidence = "axis %d kept its size %d".formatted(outputAxis, target[i]);
        }
        target[i] = 1;
        continue;
      }
      Optional<Value> partner = new MergePartner(probes, dependence).of(node.output(0), outputAxis);
      if (partner.isPresent()) {
        evidence = "axis %d has to fit '%s'".formatted(outputAxis, partner.get().name());
        computed[i] = arithmetic.size(partner.get(), outputAxis);
      }
    }
    if (evidence.isEmpty()) {
      return Optional.empty();
    }
    for (int i = 0; i < target.length; i++) {
      if (computed[i] == null) {
        computed[i] = arithmetic.constant(target[i]);
      }
    }
    node.setInput(1, arithmetic.vector(List.of(computed)));
    return Optional.of(
        new DimensionReport.Rewrite(
            node.describe(),
            "computes its shape instead of " + Arrays.toString(constant.get()),
            evidence));
  }

  // ---- Split ----

  private Optional<DimensionReport.Rewrite> split() {
    Optional<long[]> parts = node.input(1).constant().map(Tensor::toLongs);
    Optional<Shape> from = probes.former(node.input(0));
    if (parts.isEmpty() || from.isEmpty()) {
      return Optional.empty();
    }
    long axis = node.intAttribute("axis", 0);
    if (!varies(node.input(0), (int) (axis < 0 ? axis + from.get().rank() : axis))) {
      return Optional.empty();
    }
    if (Arrays.stream(parts.get()).distinct().count() != 1) {
      throw unclear(
          "it cuts axis %d, which varies, into %s".formatted(axis, Arrays.toString(parts.get())));
    }
    node.truncateInputs(1);
    if (node.opset() >= 18) {
      node.setAttribute("num_outputs", AttributeValue.of((long) parts.get().length));
    }
    return Optional.of(
        new DimensionReport.Rewrite(
            node.describe(),
            "cuts into %d equal parts".formatted(parts.get().length),
            "its parts were equal"));
  }

  // ---- pooling ----

  private Optional<DimensionReport.Rewrite> pool() {
    Optional<long[]> kernel = node.intsAttribute("kernel_shape");
    Optional<Shape> from = probes.former(node.input(0));
    if (kernel.isEmpty() || from.isEmpty() || node.output(1).isPresent()) {
      return Optional.empty();
    }
    boolean whole = from.get().rank() == kernel.get().length + 2;
    boolean varies = false;
    boolean larger = false;
    for (int i = 0; whole && i < kernel.get().length; i++) {
      whole = kernel.get()[i] == from.get().size(i + 2);
      varies |= varies(node.input(0), i + 2);
      larger |= kernel.get()[i] > 1;
    }
    boolean padded =
        node.intsAttribute("pads")
            .filter(pads -> Arrays.stream(pads).anyMatch(p -> p != 0))
            .isPresent();
    if (!whole || !varies || !larger || padded) {
      return Optional.empty();
    }
    String former = node.describe();
    for (String attribute : List.copyOf(node.attributes().keySet())) {
      node.removeAttribute(attribute);
    }
    Replacement.of(node, node.is("MaxPool") ? "GlobalMaxPool" : "GlobalAveragePool");
    return Optional.of(
        new DimensionReport.Rewrite(
            former,
            "pools over everything",
            "its kernel %s was as large as its input".formatted(Arrays.toString(kernel.get()))));
  }

  private UnsupportedOperatorException unclear(String reason) {
    return new UnsupportedOperatorException(
        node, reason + ", which varies; export the model with this dimension free");
  }
}
