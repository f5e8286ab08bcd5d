// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import dev.quench.QuenchException;
import dev.quench.graph.Model;
import dev.quench.graph.ShapeInference;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;

/// How large the result of a node with constant inputs becomes, found before it is computed: a few
/// bytes of a hostile model can ask for terabytes.
final class OutputSize {
  private OutputSize() {}

  /// @param single a model of one node with one output; gets its types filled in
  /// @return false also where the shape cannot be told beforehand
  static boolean isAtMost(Model single, long maxBytes) {
    try {
      ShapeInference.infer(single);
      Value output = single.graph().outputs().getFirst();
      return output.dataType().isPresent()
          && output.shape().filter(Shape::isStatic).isPresent()
          && output.dataType().get().byteSize(output.shape().get().elements()) <= maxBytes;
    } catch (QuenchException | ArithmeticException _) {
      // Inputs that contradict each other, or a size beyond any memory.
      return false;
    }
  }
}
