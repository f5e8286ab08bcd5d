// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.graph.shape.ShapeProbe;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Shapes of a model's tensors at the size it was made for and at a few others.
///
/// The other sizes are multiples, which a network that halves its input several times accepts
/// whenever it accepts the size itself. Each symbol grows by different factors, so the growth of a
/// dimension shows which symbol it follows.
final class DimensionProbes {
  private static final long[][] FACTORS = {{2, 3, 5, 7}, {3, 2, 7, 5}, {5, 7, 2, 3}};

  /// Size of dimensions that were already free in the model.
  private static final long FREE_SIZE = 64;

  private final Map<String, Shape> former = new HashMap<>();
  private final Map<String, Long> sizes = new LinkedHashMap<>();
  private final List<Map<String, Shape>> inputsByProbe = new ArrayList<>();
  private final List<Map<String, Long>> sizesByProbe = new ArrayList<>();

  /// @param freed by input name: axis to symbol
  DimensionProbes(Model model, Map<String, Map<Integer, String>> freed) {
    freed.forEach((name, axes) -> {
      Shape shape = model.graph().value(name).flatMap(Value::shape).orElseThrow();
      axes.forEach((axis, symbol) -> sizes.put(symbol, shape.size(axis)));
    });
    shapes(model, inputs(model, freed, sizes)).forEach(former::put);
    for (long[] factors : FACTORS) {
      Map<String, Long> probed = new LinkedHashMap<>();
      for (Map.Entry<String, Long> each : sizes.entrySet()) {
        probed.put(each.getKey(), each.getValue() * factors[probed.size() % factors.length]);
      }
      sizesByProbe.add(probed);
      inputsByProbe.add(inputs(model, freed, probed));
    }
  }

  private static Map<String, Shape> inputs(
      Model model, Map<String, Map<Integer, String>> freed, Map<String, Long> sizes) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (Value input : model.graph().requiredInputs()) {
      Shape shape = input.shape().orElse(null);
      if (shape == null) {
        continue;
      }
      Map<Integer, String> axes = freed.getOrDefault(input.name(), Map.of());
      for (int axis = 0; axis < shape.rank(); axis++) {
        String symbol = axes.get(axis);
        if (symbol != null) {
          shape = shape.with(axis, Dim.of(sizes.getOrDefault(symbol, FREE_SIZE)));
        } else if (!(shape.dim(axis) instanceof Dim.Fixed)) {
          shape = shape.with(axis, Dim.of(FREE_SIZE));
        }
      }
      shapes.put(input.name(), shape);
    }
    return shapes;
  }

  int count() {
    return FACTORS.length;
  }

  /// Old sizes by symbol.
  Map<String, Long> sizes() {
    return sizes;
  }

  /// Whether something that is `before` at the old size and `after(p)` at each probe grows as the
  /// symbol does.
  boolean growsWith(String symbol, long before, List<Long> after) {
    for (int p = 0; p < count(); p++) {
      long old = sizes.getOrDefault(symbol, 1L);
      long now = sizesByProbe.get(p).getOrDefault(symbol, old);
      if (after.get(p) * old != before * now) {
        return false;
      }
    }
    return true;
  }

  /// The shape that a tensor had in the original model.
  Optional<Shape> former(Value value) {
    return Optional.ofNullable(former.get(value.name())).filter(Shape::isStatic);
  }

  /// The model at each of the other sizes, to be visited node by node.
  List<ShapeProbe> begin(Model model) {
    return inputsByProbe.stream().map(inputs -> new ShapeProbe(model, inputs)).toList();
  }

  /// Checks that the whole model accepts the probed sizes, and that its shapes at the old size are
  /// unchanged.
  ///
  /// @throws ModelFormatException naming the node that does not
  void verify(Model model, Map<String, Map<Integer, String>> freed) {
    for (Map<String, Shape> inputs : inputsByProbe) {
      shapes(model.copy(), inputs);
    }
    Map<String, Shape> now = shapes(model.copy(), inputs(model, freed, sizes));
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        Shape before = former.get(output.name());
        Shape after = now.get(output.name());
        if (before != null
            && after != null
            && before.isStatic()
            && after.isStatic()
            && !before.equals(after)) {
          throw new ModelFormatException(
              "%s: gives %s at the old size, expected %s"
                  .formatted(node.describe(), after, before));
        }
      }
    }
  }

  private static Map<String, Shape> shapes(Model model, Map<String, Shape> inputs) {
    Model copy = model.copy();
    ShapeInference.withInputShapes(copy, inputs);
    Map<String, Shape> shapes = new HashMap<>();
    for (Value value : copy.graph().values()) {
      value.shape().ifPresent(shape -> shapes.put(value.name(), shape));
    }
    return shapes;
  }
}
