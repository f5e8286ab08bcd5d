// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.graph.AttributeValue.Ints;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A layer as several thinner ones, not yet in a graph.
///
/// @param parts in order of computation; the last one keeps the layer's bias and output
/// @param ranks of the method, one or two
/// @param macsShare MACs that are left, as a share of the layer's
/// @param error relative: Frobenius norm of the change of the weights over that of the weights
record FactoredLayer(
    FactorMethod method, List<Part> parts, List<Integer> ranks, double macsShare, double error) {
  /// One thinner layer.
  ///
  /// @param weights as the operator of the layer takes them
  /// @param window of a convolution; null for a product
  record Part(Tensor weights, @Nullable Window window) {}

  /// Attributes of a convolution along its two spatial axes.
  record Window(Ints kernel, Ints strides, Ints pads, Ints dilations) {
    static Window of(long[] kernel, long[] strides, long[] pads, long[] dilations) {
      return new Window(ints(kernel), ints(strides), ints(pads), ints(dilations));
    }

    private static Ints ints(long[] values) {
      return new Ints(Arrays.stream(values).boxed().toList());
    }
  }

  FactoredLayer {
    parts = List.copyOf(parts);
    ranks = List.copyOf(ranks);
  }
}
