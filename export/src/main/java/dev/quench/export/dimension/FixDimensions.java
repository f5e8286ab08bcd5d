// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.export.target.LowerResize;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Gives free dimensions a size, and turns what the model computed from them into constants: shapes
/// of `Reshape` and `Expand`, sizes of `Resize`. The opposite of [FreeDimensions]. Immutable;
/// thread-safe.
///
/// @param sizes by the name of the dimension
/// @param shapes by the name of the input, for dimensions without a name; every size fixed
public record FixDimensions(Map<String, Long> sizes, Map<String, Shape> shapes) implements Rewrite {
  private static final Set<String> SHAPE_ARITHMETIC =
      Set.of(
          "Shape",
          "Size",
          "Gather",
          "Slice",
          "Concat",
          "Cast",
          "Add",
          "Sub",
          "Mul",
          "Div",
          "Floor",
          "Ceil",
          "Squeeze",
          "Unsqueeze",
          "Reshape",
          "Constant",
          "Identity",
          "Equal",
          "Where",
          "ConstantOfShape",
          "Range",
          "ReduceProd");

  public FixDimensions(Map<String, Long> sizes) {
    this(sizes, Map.of());
  }

  public FixDimensions {
    shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
    shapes.forEach((name, shape) -> {
      if (!shape.isStatic()) {
        throw new IllegalArgumentException(
            "shape of input %s must have fixed sizes, got %s".formatted(name, shape));
      }
    });
    sizes = Collections.unmodifiableMap(new LinkedHashMap<>(sizes));
    sizes.forEach((name, size) -> {
      if (size < 1) {
        throw new IllegalArgumentException(
            "dimension %s must be 1 or more, got %d".formatted(name, size));
      }
    });
  }

  @Override
  public String name() {
    return "fix-dimensions";
  }

  /// Edits `model` in place. Ignores names of dimensions that the model does not have.
  ///
  /// @throws IllegalArgumentException if an input does not exist, or its shape contradicts a fixed
  ///   dimension
  /// @throws ModelFormatException naming the node that cannot take these sizes
  @Override
  public boolean apply(Model model) {
    Map<String, Shape> fixedShapes = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      input
          .shape()
          .ifPresent(shape -> {
            Shape fixed = fixed(shape);
            if (!fixed.equals(shape)) {
              fixedShapes.put(input.name(), fixed);
            }
          });
    }
    shapes.forEach((name, shape) -> {
      if (!requireFit(model.graph(), name, shape)) {
        fixedShapes.put(name, shape);
      }
    });
    if (fixedShapes.isEmpty()) {
      return false;
    }
    ShapeInference.withInputShapes(model, fixedShapes);
    Graph graph = model.graph();
    for (Node node : List.copyOf(graph.nodes())) {
      switch (node.domain().isEmpty() ? node.opType() : "") {
        case "Reshape", "Expand" -> fold(node, 1, node.output(0).shape());
        case "ConstantOfShape" -> fold(node, 0, node.output(0).shape());
        case "Resize" -> {
          // LowerResize handles the forms of sizes
        }
        default -> {
          // shapes computed elsewhere are found through one of these
        }
      }
    }
    new LowerResize().apply(model);
    removeUnused(graph);
    return true;
  }

  /// @return whether the input has that shape already
  private static boolean requireFit(Graph graph, String name, Shape wanted) {
    Value input =
        graph.inputs().stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "the model has no input '%s'; its inputs are %s"
                        .formatted(name, graph.requiredInputs())));
    Shape declared = input.shape().orElse(wanted);
    boolean fits = declared.rank() == wanted.rank();
    for (int axis = 0; fits && axis < wanted.rank(); axis++) {
      fits =
          !(declared.dim(axis) instanceof Dim.Fixed) || declared.dim(axis).equals(wanted.dim(axis));
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "input %s cannot take shape %s: its fixed dimensions stay".formatted(input, wanted));
    }
    return input.shape().filter(wanted::equals).isPresent();
  }

  private Shape fixed(Shape shape) {
    Shape fixed = shape;
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (shape.dim(axis) instanceof Dim.Symbolic(String name) && sizes.containsKey(name)) {
        fixed = fixed.with(axis, Dim.of(sizes.getOrDefault(name, 1L)));
      }
    }
    return fixed;
  }

  private static void fold(Node node, int input, Optional<Shape> output) {
    Value shape = node.input(input);
    if (shape.isAbsent()
        || shape.constant().isPresent()
        || output.isEmpty()
        || !output.get().isStatic()) {
      return;
    }
    Graph graph = node.graph();
    // A size of 0 would mean "as before"; such empty tensors keep what they have.
    if (output.get().elements() == 0) {
      return;
    }
    node.setInput(
        input,
        graph.addConstant(node.output(0).name() + "_shape", Tensor.vector(output.get().sizes())));
  }

  private static void removeUnused(Graph graph) {
    for (Node node : List.copyOf(graph.nodes()).reversed()) {
      boolean arithmetic = node.domain().isEmpty() && SHAPE_ARITHMETIC.contains(node.opType());
      if (arithmetic && node.outputs().stream().allMatch(o -> o.isAbsent() || o.isUnused())) {
        graph.remove(node);
      }
    }
  }
}
