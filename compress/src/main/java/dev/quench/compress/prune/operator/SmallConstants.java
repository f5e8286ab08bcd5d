// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.Optional;

/// Integers that operators take as inputs: axes, sizes, bounds.
final class SmallConstants {
  private static final long MOST = 1 << 20;

  private SmallConstants() {}

  /// The elements of a constant of integers, also where it is only reshaped or cast.
  static Optional<long[]> of(Value value) {
    Optional<Tensor> tensor = value.isAbsent() ? Optional.empty() : value.constant();
    if (tensor.isPresent()) {
      return tensor
          .filter(each -> each.dataType().isInteger() && each.elements() <= MOST)
          .map(Tensor::toLongs);
    }
    Node producer = value.producer().orElse(null);
    if (producer == null) {
      return Optional.empty();
    }
    boolean view =
        producer.is("Unsqueeze")
            || producer.is("Squeeze")
            || producer.is("Identity")
            || producer.is("Cast");
    return view ? of(producer.input(0)) : Optional.empty();
  }

  /// Axes as an attribute `axes`, or in newer opsets as an input.
  ///
  /// @param rank that negative axes count from
  /// @return empty if they are not constant, or absent
  static Optional<int[]> axes(Node node, int input, int rank) {
    Optional<long[]> axes = node.intsAttribute("axes");
    if (axes.isEmpty()) {
      axes = of(node.input(input));
    }
    return axes.map(found -> {
      int[] positive = new int[found.length];
      for (int i = 0; i < found.length; i++) {
        positive[i] = Math.toIntExact(found[i] < 0 ? found[i] + rank : found[i]);
      }
      return positive;
    });
  }

  /// Whether axes are given, constant or not.
  static boolean hasAxes(Node node, int input) {
    return node.attribute("axes").isPresent() || node.input(input).isPresent();
  }
}
