// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.structure;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Takes slices of a tensor.
final class TensorGather {
  private TensorGather() {}

  /// The slices of one axis at `indices`, in that order.
  ///
  /// @param tensor of elements of whole bytes
  static Tensor along(Tensor tensor, int axis, int[] indices) {
    Shape shape = tensor.shape();
    long outer = 1;
    for (int i = 0; i < axis; i++) {
      outer *= shape.size(i);
    }
    long inner = tensor.dataType().bits() / 8;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= shape.size(i);
    }
    Shape cut = shape.with(axis, Dim.of(indices.length));
    byte[] bytes = new byte[Math.toIntExact(tensor.dataType().byteSize(cut.elements()))];
    MemorySegment target = MemorySegment.ofArray(bytes);
    long at = 0;
    for (long block = 0; block < outer; block++) {
      for (int index : indices) {
        long from = (block * shape.size(axis) + index) * inner;
        MemorySegment.copy(tensor.bytes(), from, target, at, inner);
        at += inner;
      }
    }
    return Tensor.of(tensor.dataType(), cut, target);
  }
}
