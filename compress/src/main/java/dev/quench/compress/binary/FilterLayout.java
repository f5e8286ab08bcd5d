// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Node;
import dev.quench.tensor.Shape;

/// Where the weights of a layer hold its filters, one for each output channel.
///
/// Filters lie along axis 0 of the weights `[filters, inputs, …]` of a convolution and of a `Gemm`
/// with `transB`, and along axis 1 of the weights `[inputs, filters, …]` of a transposed
/// convolution and of a matrix product. With groups, the axis 1 of a transposed convolution holds
/// the filters of one group, and axis 0 the inputs of all.
///
/// @param axis 0 or 1
/// @param groups of a transposed convolution, else 1
public record FilterLayout(int axis, int groups) {
  /// Attribute of a [TrainingOps#BINARIZE] node.
  static final String AXIS = "axis";

  /// Attribute of a [TrainingOps#BINARIZE] node, and of a layer.
  static final String GROUP = "group";

  public FilterLayout {
    if (axis < 0 || axis > 1 || groups < 1 || (axis == 0 && groups != 1)) {
      throw new IllegalArgumentException(
          "expected axis 0, or axis 1 with 1 or more groups, got axis %d with %d groups"
              .formatted(axis, groups));
    }
  }

  /// The layout of a layer's weights.
  ///
  /// @param layer a `Conv`, `ConvTranspose`, `Gemm` or `MatMul`
  static FilterLayout ofLayer(Node layer) {
    return switch (layer.opType()) {
      case "Conv" -> new FilterLayout(0, 1);
      case "Gemm" -> new FilterLayout(layer.intAttribute("transB", 0) == 0 ? 1 : 0, 1);
      case "ConvTranspose" -> new FilterLayout(1, Math.toIntExact(layer.intAttribute(GROUP, 1)));
      case "MatMul" -> new FilterLayout(1, 1);
      default -> throw new IllegalArgumentException(layer.describe() + " has no filters");
    };
  }

  /// The layout that a [TrainingOps#BINARIZE] node states.
  public static FilterLayout of(Node binarize) {
    return new FilterLayout(
        Math.toIntExact(binarize.intAttribute(AXIS, 0)),
        Math.toIntExact(binarize.intAttribute(GROUP, 1)));
  }

  /// Number of filters of weights of a shape.
  public int filters(Shape weights) {
    return Math.toIntExact(axis == 0 ? weights.size(0) : groups * weights.size(1));
  }

  /// Number of inputs that a filter reads.
  public int inputs(Shape weights) {
    return Math.toIntExact(axis == 0 ? weights.size(1) : weights.size(0) / groups);
  }

  /// Whether the axes of the weights can be divided so.
  boolean fits(Shape weights) {
    return weights.rank() >= 2 && (axis == 0 || weights.size(0) % groups == 0);
  }

  /// Maps the order `[filters, inputs, kernel]` to storage.
  ///
  /// @return for each position in that order, its index in the weights
  int[] order(Shape weights) {
    int filters = filters(weights);
    int inputs = inputs(weights);
    int kernel = Math.toIntExact(weights.elements() / Math.max(1L, (long) filters * inputs));
    int perGroup = filters / groups;
    int[] order = new int[Math.toIntExact(weights.elements())];
    int next = 0;
    for (int filter = 0; filter < filters; filter++) {
      for (int input = 0; input < inputs; input++) {
        int row =
            axis == 0
                ? filter * inputs + input
                : (filter / perGroup * inputs + input) * perGroup + filter % perGroup;
        for (int k = 0; k < kernel; k++) {
          order[next++] = row * kernel + k;
        }
      }
    }
    return order;
  }
}
