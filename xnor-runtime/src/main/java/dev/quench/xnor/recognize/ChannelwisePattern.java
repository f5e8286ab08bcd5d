// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.ChannelFunction.Operator;
import java.util.Optional;

/// A node that applies the same float operations to all values of a channel.
///
/// @param source the input that is not constant
record ChannelwisePattern(Value source, ChannelFunction function) {
  /// @param channels of the node's input and output
  static Match<ChannelwisePattern> of(Node node, int channels) {
    if (!node.domain().isEmpty()) {
      return Match.refused("its operator is outside the ONNX domain");
    }
    try {
      return switch (node.opType()) {
        case "BatchNormalization" -> normalization(node, channels);
        case "Mul", "Add", "Sub" -> arithmetic(node, channels);
        case "Relu" ->
            keepsZeros(
                found(node.input(0), ChannelFunction.identity(channels).then(Operator.MAXIMUM, 0)));
        case "LeakyRelu" ->
            found(
                node.input(0),
                ChannelFunction.identity(channels)
                    .then(Operator.LEAKY_RELU, node.floatAttribute("alpha", 0.01f)));
        case "PRelu" -> slopes(node, channels);
        case "Clip" -> keepsZeros(clip(node, channels));
        case "Identity" -> found(node.input(0), ChannelFunction.identity(channels));
        default -> Match.refused("its operator does not act on each channel alone");
      };
    } catch (IllegalArgumentException e) {
      return Match.refused(String.valueOf(e.getMessage()));
    }
  }

  private static Match<ChannelwisePattern> found(Value source, ChannelFunction function) {
    return Match.found(new ChannelwisePattern(source, function));
  }

  private static Match<ChannelwisePattern> keepsZeros(Match<ChannelwisePattern> found) {
    return ReferenceArithmetic.ofThisMachine().keepsZeros()
        ? found
        : Match.refused("ONNX Runtime treats the sign of zero differently on this machine");
  }

  private static Match<ChannelwisePattern> normalization(Node node, int channels) {
    if (!ReferenceArithmetic.ofThisMachine().batchNormalization()) {
      return Match.refused("ONNX Runtime rounds BatchNormalization differently on this machine");
    }
    boolean inference =
        node.opset() >= 9
            && node.intAttribute("training_mode", 0) == 0
            && node.outputs().size() == 1;
    if (!inference) {
      return Match.refused("it is not in inference form, or its opset is older than 9");
    }
    float[][] parameters = new float[4][];
    for (int i = 0; i < 4; i++) {
      Optional<float[]> values = perChannel(node.input(i + 1), channels, 1);
      if (values.isEmpty()) {
        return Match.refused("its parameters are not constants with one value per channel");
      }
      parameters[i] = values.get();
    }
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    float[] factors = new float[channels];
    float[] summands = new float[channels];
    for (int c = 0; c < channels; c++) {
      factors[c] = ReferenceArithmetic.factor(parameters[0][c], parameters[3][c], epsilon);
      summands[c] = ReferenceArithmetic.summand(parameters[1][c], parameters[2][c], factors[c]);
    }
    return found(
        node.input(0),
        ChannelFunction.identity(channels)
            .then(Operator.MULTIPLY, factors)
            .then(Operator.ADD, summands));
  }

  private static Match<ChannelwisePattern> arithmetic(Node node, int channels) {
    int rank = node.output(0).shape().map(Shape::rank).orElse(0);
    boolean constantFirst = node.input(0).constant().isPresent();
    Value source = node.input(constantFirst ? 1 : 0);
    Optional<float[]> constant = perChannel(node.input(constantFirst ? 0 : 1), channels, rank);
    if (constant.isEmpty() || !source.shape().equals(node.output(0).shape())) {
      return Match.refused("its other operand is not a constant with one value per channel");
    }
    float[] operands = constant.get();
    ChannelFunction identity = ChannelFunction.identity(channels);
    return switch (node.opType()) {
      case "Mul" -> found(source, identity.then(Operator.MULTIPLY, operands));
      case "Add" -> found(source, identity.then(Operator.ADD, operands));
      default ->
          found(
              source,
              constantFirst
                  ? identity.then(Operator.MULTIPLY, -1).then(Operator.ADD, operands)
                  : identity.then(Operator.ADD, negated(operands)));
    };
  }

  private static Match<ChannelwisePattern> slopes(Node node, int channels) {
    int rank = node.output(0).shape().map(Shape::rank).orElse(0);
    Optional<float[]> slopes = perChannel(node.input(1), channels, rank);
    return slopes.isEmpty()
        ? Match.refused("its slopes are not constants with one value per channel")
        : found(
            node.input(0),
            ChannelFunction.identity(channels).then(Operator.LEAKY_RELU, slopes.get()));
  }

  private static Match<ChannelwisePattern> clip(Node node, int channels) {
    if (node.opset() < 11) {
      return Match.refused("its bounds are attributes, the form before opset 11");
    }
    ChannelFunction function = ChannelFunction.identity(channels);
    Operator[] operators = {Operator.MAXIMUM, Operator.MINIMUM};
    for (int i = 0; i < operators.length; i++) {
      Value bound = node.input(i + 1);
      if (bound.isPresent()) {
        Optional<float[]> value = perChannel(bound, 1, 0);
        if (value.isEmpty()) {
          return Match.refused("its bounds are not constant");
        }
        function = function.then(operators[i], value.get());
      }
    }
    return found(node.input(0), function);
  }

  /// The elements of a FLOAT constant that is a scalar or varies only along axis 1 of a tensor of
  /// rank `rank`.
  private static Optional<float[]> perChannel(Value value, int channels, int rank) {
    Optional<Tensor> constant = value.constant();
    if (constant.isEmpty() || constant.get().dataType() != DataType.FLOAT) {
      return Optional.empty();
    }
    Shape shape = constant.get().shape();
    if (rank == 1) {
      return shape.equals(Shape.of(channels))
          ? Optional.of(constant.get().toFloats())
          : Optional.empty();
    }
    if (shape.rank() > rank) {
      return Optional.empty();
    }
    for (int axis = 0; axis < shape.rank(); axis++) {
      boolean channelAxis = axis + rank - shape.rank() == 1;
      boolean one = shape.dim(axis).equals(Dim.of(1));
      if (!one && !(channelAxis && shape.dim(axis).equals(Dim.of(channels)))) {
        return Optional.empty();
      }
    }
    return Optional.of(constant.get().toFloats());
  }

  private static float[] negated(float[] values) {
    float[] negated = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      negated[i] = -values[i];
    }
    return negated;
  }
}
