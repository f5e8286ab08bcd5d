// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.QuenchException;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;

/// How large the result of a node with constant inputs becomes, found before it is computed: a few
/// bytes of a hostile model can ask for terabytes.
final class OutputSize {
  private static final long MAX_WEIGHT_BYTES = 1L << 30;

  private OutputSize() {}

  /// @param single a model of one node with one output; gets its types filled in
  /// @param maxBytes that are never too many
  /// @param ownElements of the largest input: a result with no more, such as transposed or
  ///   converted weights, was not blown up and may have up to 1 GiB
  /// @return false also where the shape cannot be told beforehand
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
      // Inputs that contradict each other, or a size beyond any memory.
      return false;
    }
  }
}
