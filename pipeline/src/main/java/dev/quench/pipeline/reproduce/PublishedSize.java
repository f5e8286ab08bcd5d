// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// The size of a network by the formula behind micronet's table, in 10^6 bytes, from its layers
/// alone.
///
/// - binary and ternary: inner weights · bits / 8 + 4 · (first and last weights) + 4 · biases;
/// - INT8: weights + 4 · biases;
/// - float: 4 bytes · millions of weights, rounded to two decimals as the table prints them.
///
/// A layer is a `Conv` or `Gemm`. Each of its output channels counts as one bias, whether the graph
/// has a bias there or a BatchNormalization that folds into one. Source: the table of
/// 666DZY666/micronet 1.12.0, whose author says that sizes were computed by hand; the formula gives
/// its figures.
///
/// @param weights of each layer, in order
/// @param biases of all layers
public record PublishedSize(List<Long> weights, long biases) {
  private static final double MEGA = 1e6;

  public PublishedSize {
    weights = List.copyOf(weights);
  }

  /// Counts the layers of a network, trained or not.
  ///
  /// @param model not edited
  public static PublishedSize of(Model model) {
    Model shaped = model.copy();
    ShapeInference.infer(shaped);
    List<Long> weights = new ArrayList<>();
    long biases = 0;
    for (Node node : shaped.graph().nodes()) {
      if (node.is("Conv") || node.is("Gemm")) {
        Shape kernel = node.input(1).shape().orElseThrow();
        weights.add(kernel.elements());
        boolean rowsAreOutputs = node.is("Conv") || node.intAttribute("transB", 0) == 1;
        biases += kernel.size(rowsAreOutputs ? 0 : 1);
      }
    }
    return new PublishedSize(weights, biases);
  }

  /// All weights, without biases.
  public long total() {
    return weights.stream().mapToLong(Long::longValue).sum();
  }

  /// The size in 10^6 bytes.
  public double megabytes(StoredBits stored) {
    return switch (stored) {
      case FLOAT -> 4 * Math.rint(total() / MEGA * 100) / 100;
      case INT8 -> (total() + 4.0 * biases) / MEGA;
      case TERNARY, BINARY -> {
        long outer = weights.size() < 2 ? total() : weights.getFirst() + weights.getLast();
        double inner = (total() - outer) * stored.bits() / 8.0;
        yield (inner + 4.0 * outer + 4.0 * biases) / MEGA;
      }
    };
  }
}
