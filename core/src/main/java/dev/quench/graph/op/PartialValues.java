// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// What is known of the elements of a small tensor of rank 0 or 1, such as a shape that a graph
/// computes for `Reshape`.
///
/// @param scalar whether the tensor has rank 0
public record PartialValues(List<Element> elements, boolean scalar) {
  /// More elements than any shape has; larger tensors are not tracked.
  static final int MAX_ELEMENTS = 1024;

  private static final double MAX_EXACT = 0x1p53;

  /// One element.
  public sealed interface Element {
    Element UNKNOWN = new Unknown();
  }

  /// @param value integers are exact below 2^53 in magnitude
  public record Known(double value) implements Element {}

  /// The size of a symbolic dimension.
  public record Size(Dim.Symbolic dim) implements Element {}

  public record Unknown() implements Element {}

  public PartialValues {
    elements = List.copyOf(elements);
    if (scalar && elements.size() != 1) {
      throw new IllegalArgumentException("a scalar has one element, got " + elements.size());
    }
  }

  /// The elements of a numeric tensor of rank 0 or 1; empty for others and for large ones.
  public static Optional<PartialValues> of(Tensor tensor) {
    if (tensor.shape().rank() > 1
        || tensor.elements() > MAX_ELEMENTS
        || !(tensor.dataType().isFloating()
            || tensor.dataType().isInteger()
            || tensor.dataType() == DataType.BOOL)) {
      return Optional.empty();
    }
    List<Element> elements = new ArrayList<>();
    for (double value : tensor.toDoubles()) {
      elements.add(new Known(value));
    }
    return Optional.of(new PartialValues(elements, tensor.shape().rank() == 0));
  }

  static PartialValues vector(List<Element> elements) {
    return new PartialValues(elements, false);
  }

  static PartialValues scalar(Element element) {
    return new PartialValues(List.of(element), true);
  }

  static PartialValues repeated(Element element, int times) {
    return vector(Collections.nCopies(times, element));
  }

  /// The dimensions of a shape as the elements of a vector.
  static PartialValues of(List<Dim> dims) {
    return vector(dims.stream().map(PartialValues::ofDim).toList());
  }

  static Element ofDim(Dim dim) {
    return switch (dim) {
      case Dim.Fixed(long size) -> new Known(size);
      case Dim.Symbolic symbolic -> new Size(symbolic);
      case Dim.Unknown _ -> Element.UNKNOWN;
    };
  }

  /// The dimension that an element gives as a size; unknown when it is negative.
  static Dim asDim(Element element) {
    return switch (element) {
      case Known(double value) when value >= 0 && value <= MAX_EXACT -> Dim.of((long) value);
      case Size(Dim.Symbolic dim) -> dim;
      case Known _, Unknown _ -> Dim.UNKNOWN;
    };
  }

  int size() {
    return elements.size();
  }

  Element get(int index) {
    return elements.get(index);
  }

  Shape shape() {
    return scalar ? Shape.SCALAR : Shape.of(elements.size());
  }

  /// All elements as integers; empty unless every one is known.
  Optional<long[]> longs() {
    long[] values = new long[elements.size()];
    for (int i = 0; i < values.length; i++) {
      if (!(elements.get(i) instanceof Known(double value))) {
        return Optional.empty();
      }
      values[i] = (long) value;
    }
    return Optional.of(values);
  }
}
