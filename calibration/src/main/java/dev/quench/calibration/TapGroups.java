// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Divides tapped tensors into groups that fit into memory together.
final class TapGroups {
  private TapGroups() {}

  /// Groups in graph order, each as large as fits; a tensor that does not fit forms a group alone.
  ///
  /// @param model not modified
  /// @param fed the inputs' shapes in one inference
  /// @param limitBytes for the tensors of one group; a tensor whose size cannot be inferred counts
  ///   as 0 bytes
  static List<Set<String>> of(
      Model model, Set<String> taps, Map<String, Shape> fed, long limitBytes) {
    Model shaped = withShapes(model, fed);
    List<Set<String>> groups = new ArrayList<>();
    Set<String> group = new LinkedHashSet<>();
    long groupBytes = 0;
    for (String tap : taps) {
      long bytes = shaped.graph().value(tap).map(TapGroups::bytes).orElse(0L);
      if (!group.isEmpty() && groupBytes + bytes > limitBytes) {
        groups.add(group);
        group = new LinkedHashSet<>();
        groupBytes = 0;
      }
      group.add(tap);
      groupBytes += bytes;
    }
    if (!group.isEmpty()) {
      groups.add(group);
    }
    return groups;
  }

  private static Model withShapes(Model model, Map<String, Shape> fed) {
    if (model.graph().values().stream().allMatch(TapGroups::isStatic)) {
      return model;
    }
    Model shaped = model.copy();
    try {
      ShapeInference.withInputShapes(shaped, fed);
      return shaped;
    } catch (ModelFormatException e) {
      // Sizes are only estimates here; the backend reports errors of the model better.
      return model;
    }
  }

  private static boolean isStatic(Value value) {
    return value.dataType().isPresent() && value.shape().filter(Shape::isStatic).isPresent();
  }

  private static long bytes(Value value) {
    return isStatic(value)
        ? value.dataType().orElseThrow().byteSize(value.shape().orElseThrow().elements())
        : 0;
  }
}
