// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.QuenchException;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;

/// Checks the size of a node's result before it is computed: a few bytes of a hostile model can
/// demand terabytes.
final class OutputSize {
  private static final long MAX_WEIGHT_BYTES = 1L << 30;

  private OutputSize() {}

  /// @param single a model of one node with one output; its types are inferred
  /// @param maxBytes limit below which every result is acceptable
  /// @param ownElements elements of the largest input: a result with no more, such as transposed or
  ///   converted weights, may have up to 1 GiB
  /// @return whether the size is acceptable; false if the shape cannot be inferred
  static boolean isAcceptable(Model single, long maxBytes, long ownElements) {
    try {
      ShapeInference.infer(single);
      Value output = single.graph().outputs().getFirst();
      if (output.dataType().isEmpty() || output.shape().filter(Shape::isStatic).isEmpty()) {
        return false;
      }
      long elements = output.shape().get().elements();
      long bytes = output.dataType().get().byteSize(elements);
      return bytes <= maxBytes || (elements <= ownElements && bytes <= MAX_WEIGHT_BYTES);
    } catch (QuenchException | ArithmeticException _) {
      // Inconsistent inputs, or a size that overflows.
      return false;
    }
  }
}
