// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Tensor;
import java.util.OptionalInt;

/// A node that multiplies an activation, its input 0, by constant weights, its input 1, and can do
/// so in INT8.
///
/// @param weights finite floats
/// @param axis of the output channels in the weights, which get one scale each; empty for one scale
///   in all
public record QuantizableLayer(Node node, Tensor weights, OptionalInt axis) {
  public Value activation() {
    return node.input(0);
  }

  public Value weightsValue() {
    return node.input(1);
  }
}
