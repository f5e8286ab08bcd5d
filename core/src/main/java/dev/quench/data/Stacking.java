// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import dev.quench.tensor.Dim;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Joins tensors along axis 0.
final class Stacking {
  private Stacking() {}

  /// @param parts one or more, equal in type and in all dimensions but the first, of whole bytes
  static Tensor stack(List<Tensor> parts) {
    long total = parts.stream().mapToLong(part -> part.bytes().byteSize()).sum();
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(total)]);
    long at = 0;
    long count = 0;
    for (Tensor part : parts) {
      bytes.asSlice(at, part.bytes().byteSize()).copyFrom(part.bytes());
      at += part.bytes().byteSize();
      count += part.shape().size(0);
    }
    Tensor first = parts.getFirst();
    return Tensor.of(first.dataType(), first.shape().with(0, Dim.of(count)), bytes);
  }
}
