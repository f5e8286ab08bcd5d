// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.util.Optional;

/// Sizes of a two-dimensional convolution.
///
/// @param elementBytes of input and weights
/// @param padded whether the border is padded
record ConvolutionSize(
    long batch,
    long inputs,
    long outputs,
    long group,
    long inputRows,
    long inputColumns,
    long outputRows,
    long outputColumns,
    long kernelRows,
    long kernelColumns,
    boolean strided,
    boolean dilated,
    boolean padded,
    int elementBytes) {
  /// Empty for another operator, another rank, unknown sizes, or elements below a byte.
  static Optional<ConvolutionSize> of(Node node) {
    if (!node.is("Conv")) {
      return Optional.empty();
    }
    Shape x = node.input(0).shape().orElse(Shape.SCALAR);
    Shape w = node.input(1).shape().orElse(Shape.SCALAR);
    Shape y = node.output(0).shape().orElse(Shape.SCALAR);
    int bits = node.input(0).dataType().map(DataType::bits).orElse(0);
    if (x.rank() != 4
        || w.rank() != 4
        || y.rank() != 4
        || !x.isStatic()
        || !w.isStatic()
        || !y.isStatic()
        || bits < 8
        || x.elements() == 0
        || w.elements() == 0
        || y.elements() == 0) {
      return Optional.empty();
    }
    SlidingWindow window = SlidingWindow.of(node, w.size(2), w.size(3));
    boolean padded = false;
    for (int axis = 0; axis < 2; axis++) {
      long size = x.size(axis + 2);
      padded |= window.axis(axis).padBefore(size) != 0 || window.axis(axis).padAfter(size) != 0;
    }
    return Optional.of(
        new ConvolutionSize(
            x.size(0),
            x.size(1),
            w.size(0),
            Math.max(1, node.intAttribute("group", 1)),
            x.size(2),
            x.size(3),
            y.size(2),
            y.size(3),
            w.size(2),
            w.size(3),
            window.strides()[0] != 1 || window.strides()[1] != 1,
            window.dilations()[0] != 1 || window.dilations()[1] != 1,
            padded,
            bits / 8));
  }

  long taps() {
    return kernelRows * kernelColumns;
  }

  /// Input channels that each output channel reads.
  long inputsOfGroup() {
    return inputs / group;
  }

  /// Positions of the output over all samples.
  double positions() {
    return (double) batch * outputRows * outputColumns;
  }

  double macs() {
    return positions() * outputs * inputsOfGroup() * taps();
  }

  /// Input and output, each once.
  double activationBytes() {
    return elementBytes
        * ((double) batch * inputs * inputRows * inputColumns + positions() * outputs);
  }

  double weightBytes() {
    return (double) elementBytes * outputs * inputsOfGroup() * taps();
  }
}
