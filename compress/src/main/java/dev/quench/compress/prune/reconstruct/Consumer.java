// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.prune.structure.Contraction;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.prune.structure.Structure;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Collection;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// A layer that sums over channels, as a product of rows of its input with a matrix.
///
/// Row `c · taps + t` of the matrix belongs to input channel c at kernel position t.
///
/// @param axis of the channels in the input
/// @param classes the class of each input channel
@SuppressWarnings("ArrayRecordComponent") // stays inside the package, never compared
record Consumer(Node node, int axis, Tensor weights, WeightLayout layout, int[] classes) {
  /// Larger moments take too much memory and time.
  private static final long LARGEST = 4608;

  /// @return empty for what is not a `Conv` of one group and two dimensions, a `Gemm` or a product
  ///   with constant weights, and for more than 4608 weights a channel
  static Optional<Consumer> of(Contraction sum, Structure structure) {
    Node node = sum.node();
    Value data = node.input(0);
    Tensor weights = node.input(1).constant().orElse(null);
    int rank = data.shape().map(Shape::rank).orElse(0);
    if (weights == null
        || sum.input() != 0
        || data.isGraphInput()
        || !TensorArrays.supports(weights.dataType())
        || !structure.isTracked(data, sum.axis())) {
      return Optional.empty();
    }
    boolean fits =
        switch (node.opType()) {
          case "Conv" -> weights.shape().rank() == 4 && sum.axis() == 1;
          case "Gemm" -> node.intAttribute("transA", 0) == 0 && rank == 2;
          case "MatMul" -> sum.axis() == rank - 1;
          default -> false;
        };
    return fits
        ? WeightLayout.of(node, weights.shape())
            .filter(layout -> layout.groups() == 1 && layout.weightsPerChannel() <= LARGEST)
            .map(layout ->
                new Consumer(
                    node, sum.axis(), weights, layout, structure.classes(data, sum.axis())))
            .filter(each -> each.classes.length == each.layout.inputChannels())
        : Optional.empty();
  }

  String name() {
    return node.name().isEmpty() ? node.output(0).name() : node.name();
  }

  String input() {
    return node.input(0).name();
  }

  /// @throws PruningException unless a moment of what the layer reads is finite
  void requireFinite(double moment) {
    if (!Double.isFinite(moment)) {
      throw new PruningException(
          "layer '%s' reads NaN or infinity on the data, so nothing can be fitted; check the data and the weights before it"
              .formatted(name()));
    }
  }

  int taps() {
    return Math.toIntExact(layout.weightsPerChannel() / layout.inputChannels());
  }

  int rows() {
    return Math.toIntExact(layout.weightsPerChannel());
  }

  int outputs() {
    return Math.toIntExact(layout.outputChannels());
  }

  private int row(long index) {
    return layout.inputChannel(index) * taps() + (int) (index % taps());
  }

  /// `[rows, outputs]`.
  double[][] matrix() {
    double[][] matrix = new double[rows()][outputs()];
    for (long i = 0; i < weights.elements(); i++) {
      matrix[row(i)][layout.outputChannel(i)] = weights.doubleAt(i);
    }
    return matrix;
  }

  /// The weights in the order of the layer, of a matrix as [#matrix].
  double[] elements(double[][] matrix) {
    double[] elements = new double[Math.toIntExact(weights.elements())];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = matrix[row(i)][layout.outputChannel(i)];
    }
    return elements;
  }

  /// The rows of a class.
  int[] rowsOf(int indexClass) {
    return rows(channel -> classes[channel] == indexClass);
  }

  /// The rows of the channels that `chosen` names.
  int[] rows(IntPredicate chosen) {
    int taps = taps();
    return IntStream.range(0, rows()).filter(r -> chosen.test(r / taps)).toArray();
  }

  /// Whether the input has a channel of one of these classes.
  boolean reads(Collection<Integer> group) {
    for (int each : classes) {
      if (group.contains(each)) {
        return true;
      }
    }
    return false;
  }
}
