// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import java.util.Optional;
import java.util.OptionalInt;

/// Where the weights of a `Conv`, `ConvTranspose`, `Gemm` or `MatMul` keep their channels.
///
/// `Conv` `[O, I/g, k…]`; `ConvTranspose` `[I, O/g, k…]`, where axis 1 counts within each of the g
/// blocks of axis 0; `Gemm` `[I, O]`, or `[O, I]` with `transB`; `MatMul` `[I, O]`. Indices of
/// elements are row-major. Immutable, thread-safe.
public final class WeightLayout {
  private enum Kind {
    CONV,
    CONV_TRANSPOSE,
    INPUTS_FIRST,
    OUTPUTS_FIRST
  }

  private final Kind kind;
  private final long rows;
  private final long columns;
  private final long kernel;
  private final int spatialAxes;
  private final long groups;

  private WeightLayout(Kind kind, Shape weights, long groups) {
    this.kind = kind;
    this.rows = weights.size(0);
    this.columns = weights.size(1);
    this.spatialAxes = weights.rank() - 2;
    this.groups = groups;
    long taps = 1;
    for (int axis = 2; axis < weights.rank(); axis++) {
      taps = Math.multiplyExact(taps, weights.size(axis));
    }
    this.kernel = taps;
  }

  /// @param weights shape of the second input, static
  /// @return empty for another operator, and where the rank of the weights or their groups do not
  ///   fit the operator
  public static Optional<WeightLayout> of(Node node, Shape weights) {
    if (!node.domain().isEmpty() || !weights.isStatic() || weights.rank() < 2) {
      return Optional.empty();
    }
    return switch (node.opType()) {
      case "Conv" -> convolution(Kind.CONV, node, weights);
      case "ConvTranspose" -> convolution(Kind.CONV_TRANSPOSE, node, weights);
      case "Gemm" ->
          matrix(
              node.intAttribute("transB", 0) == 0 ? Kind.INPUTS_FIRST : Kind.OUTPUTS_FIRST,
              weights);
      case "MatMul" -> matrix(Kind.INPUTS_FIRST, weights);
      default -> Optional.empty();
    };
  }

  /// The layout of constant weights.
  public static Optional<WeightLayout> of(Node node) {
    return node.input(1).constant().flatMap(weights -> of(node, weights.shape()));
  }

  private static Optional<WeightLayout> convolution(Kind kind, Node node, Shape weights) {
    long groups = node.intAttribute("group", 1);
    return weights.rank() > 2 && groups > 0 && weights.size(0) % groups == 0
        ? Optional.of(new WeightLayout(kind, weights, groups))
        : Optional.empty();
  }

  private static Optional<WeightLayout> matrix(Kind kind, Shape weights) {
    return weights.rank() == 2 ? Optional.of(new WeightLayout(kind, weights, 1)) : Optional.empty();
  }

  /// Groups of channels that are convolved apart; 1 for products.
  public long groups() {
    return groups;
  }

  /// Spatial axes of the kernel; 0 for products.
  public int spatialAxes() {
    return spatialAxes;
  }

  public long outputChannels() {
    return switch (kind) {
      case CONV, OUTPUTS_FIRST -> rows;
      case CONV_TRANSPOSE -> columns * groups;
      case INPUTS_FIRST -> columns;
    };
  }

  public long inputChannels() {
    return switch (kind) {
      case CONV -> columns * groups;
      case CONV_TRANSPOSE, INPUTS_FIRST -> rows;
      case OUTPUTS_FIRST -> columns;
    };
  }

  /// Weights that each output channel has.
  public long weightsPerChannel() {
    return inputChannels() / groups * kernel;
  }

  /// The axis of the weights that counts output channels; empty for a grouped `ConvTranspose`,
  /// where none does.
  public OptionalInt outputAxis() {
    return switch (kind) {
      case CONV, OUTPUTS_FIRST -> OptionalInt.of(0);
      case CONV_TRANSPOSE -> groups == 1 ? OptionalInt.of(1) : OptionalInt.empty();
      case INPUTS_FIRST -> OptionalInt.of(1);
    };
  }

  /// Whether each group of a convolution has one input channel.
  public boolean isDepthwise() {
    return groups > 1 && inputChannels() == groups;
  }

  /// The output channel that the weight at `index` belongs to.
  public int outputChannel(long index) {
    long row = index / (columns * kernel);
    long column = index / kernel % columns;
    return Math.toIntExact(
        switch (kind) {
          case CONV, OUTPUTS_FIRST -> row;
          case CONV_TRANSPOSE -> row / (rows / groups) * columns + column;
          case INPUTS_FIRST -> column;
        });
  }

  /// The input channel that the weight at `index` is multiplied by.
  public int inputChannel(long index) {
    long row = index / (columns * kernel);
    long column = index / kernel % columns;
    return Math.toIntExact(
        switch (kind) {
          case CONV -> row / (rows / groups) * columns + column;
          case CONV_TRANSPOSE, INPUTS_FIRST -> row;
          case OUTPUTS_FIRST -> column;
        });
  }
}
