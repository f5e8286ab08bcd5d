// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Cuts tensors of whole-byte elements along any axis.
public final class AxisSlice {
  private AxisSlice() {}

  /// Entries `[from, to)` along `axis`; shares the memory where they lie together.
  public static Tensor of(Tensor tensor, int axis, long from, long to) {
    Shape shape = tensor.shape().with(axis, Dim.of(to - from));
    DataType type = tensor.dataType();
    long entry = entryBytes(tensor, axis);
    long block = entry * tensor.shape().size(axis);
    long blocks = blocks(tensor.shape(), axis);
    if (blocks == 1) {
      return Tensor.of(type, shape, tensor.bytes().asSlice(from * entry, (to - from) * entry));
    }
    MemorySegment part = memory(type, shape);
    long length = (to - from) * entry;
    for (long i = 0; i < blocks; i++) {
      MemorySegment.copy(tensor.bytes(), i * block + from * entry, part, i * length, length);
    }
    return Tensor.of(type, shape, part);
  }

  /// Some entries along `axis`, copied, in the order of `positions`.
  public static Tensor of(Tensor tensor, int axis, List<Integer> positions) {
    Shape shape = tensor.shape().with(axis, Dim.of(positions.size()));
    long entry = entryBytes(tensor, axis);
    long block = entry * tensor.shape().size(axis);
    MemorySegment some = memory(tensor.dataType(), shape);
    long to = 0;
    for (long i = 0; i < blocks(tensor.shape(), axis); i++) {
      for (int position : positions) {
        MemorySegment.copy(tensor.bytes(), i * block + position * entry, some, to, entry);
        to += entry;
      }
    }
    return Tensor.of(tensor.dataType(), shape, some);
  }

  /// Tensors of one shape and type along a new axis 0.
  public static Tensor stacked(List<Tensor> parts) {
    Tensor first = parts.getFirst();
    List<Dim> dims = new ArrayList<>(first.shape().dims());
    dims.addFirst(Dim.of(parts.size()));
    Shape shape = new Shape(dims);
    MemorySegment all = memory(first.dataType(), shape);
    long each = first.byteSize();
    for (int i = 0; i < parts.size(); i++) {
      MemorySegment.copy(parts.get(i).bytes(), 0, all, i * each, each);
    }
    return Tensor.of(first.dataType(), shape, all);
  }

  /// The same tensor with axis 0 moved to `axis`, copied if that is another.
  public static Tensor moveFirst(Tensor tensor, int axis) {
    if (axis == 0) {
      return tensor;
    }
    Shape from = tensor.shape();
    List<Dim> dims = new ArrayList<>(from.dims());
    dims.add(axis, dims.removeFirst());
    Shape shape = new Shape(dims);
    long entry = entryBytes(tensor, axis);
    long samples = from.size(0);
    long blocks = blocks(from, axis + 1) / Math.max(1, samples);
    MemorySegment moved = memory(tensor.dataType(), shape);
    for (long sample = 0; sample < samples; sample++) {
      for (long i = 0; i < blocks; i++) {
        MemorySegment.copy(
            tensor.bytes(),
            (sample * blocks + i) * entry,
            moved,
            (i * samples + sample) * entry,
            entry);
      }
    }
    return Tensor.of(tensor.dataType(), shape, moved);
  }

  private static long entryBytes(Tensor tensor, int axis) {
    long elements = 1;
    for (int i = axis + 1; i < tensor.shape().rank(); i++) {
      elements *= tensor.shape().size(i);
    }
    return tensor.dataType().byteSize(elements);
  }

  private static long blocks(Shape shape, int axis) {
    long blocks = 1;
    for (int i = 0; i < axis; i++) {
      blocks *= shape.size(i);
    }
    return blocks;
  }

  private static MemorySegment memory(DataType type, Shape shape) {
    return MemorySegment.ofArray(new byte[Math.toIntExact(type.byteSize(shape.elements()))]);
  }
}
