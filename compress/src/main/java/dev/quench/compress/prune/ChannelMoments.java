// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// Mean and deviation of each channel of a tensor, as the parameters of BatchNormalization tell
/// them without data: behind it a channel has the mean β and the deviation |γ|.
///
/// They pass activations as those of a normal distribution do, sums as those of independent terms,
/// mean poolings, concatenation and flattening. A channel whose γ is 0 is constant, and its mean is
/// exact.
final class ChannelMoments {
  private static final int CHANNELS = 1;
  private static final int DEPTH = 40;

  /// Deviations to either side, and steps of the sum that stands for an integral over them.
  private static final double REACH = 6;

  private static final int STEPS = 240;

  private final double[] means;

  /// 0 where the channel is constant.
  private final double[] deviations;

  /// @param means of axis 1; kept
  private ChannelMoments(double[] means, double[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  /// Of axis 1; not to be modified.
  double[] means() {
    return means;
  }

  /// @return empty if some step on the way to the value is not one of these
  static Optional<ChannelMoments> of(Value value) {
    return of(value, DEPTH);
  }

  private static Optional<ChannelMoments> of(Value value, int depth) {
    Node node = value.producer().orElse(null);
    if (node == null || !node.domain().isEmpty() || depth == 0 || value.outputIndex() != 0) {
      return Optional.empty();
    }
    return switch (node.opType()) {
      case "BatchNormalization" -> normalized(node);
      case "Identity", "Dropout", "GlobalAveragePool" -> of(node.input(0), depth - 1);
      case "AveragePool" -> averaged(node, depth);
      case "MaxPool" -> of(node.input(0), depth - 1).map(ChannelMoments::constantsAlone);
      case "Flatten" -> flattened(node, value, depth);
      case "Concat" -> joined(node, depth);
      case "Add" -> added(node, depth);
      default ->
          activation(node)
              .flatMap(function -> of(node.input(0), depth - 1).map(m -> m.through(function)));
    };
  }

  private static Optional<ChannelMoments> normalized(Node node) {
    Optional<Tensor> scale = node.input(1).constant();
    Optional<Tensor> shift = node.input(2).constant();
    if (scale.isEmpty() || shift.isEmpty()) {
      return Optional.empty();
    }
    double[] deviations = scale.get().toDoubles();
    for (int i = 0; i < deviations.length; i++) {
      deviations[i] = Math.abs(deviations[i]);
    }
    return Optional.of(new ChannelMoments(shift.get().toDoubles(), deviations));
  }

  /// Zeros that padding adds to a mean are counted only where no zeros are padded.
  private static Optional<ChannelMoments> averaged(Node node, int depth) {
    boolean padded =
        node.intAttribute("count_include_pad", 0) != 0
            && Arrays.stream(node.intsAttribute("pads").orElse(new long[0])).anyMatch(p -> p != 0);
    return padded ? Optional.empty() : of(node.input(0), depth - 1);
  }

  private static Optional<ChannelMoments> flattened(Node node, Value value, int depth) {
    Optional<Shape> shape = value.shape();
    if (node.intAttribute("axis", 1) != 1
        || shape.isEmpty()
        || !(shape.get().dim(1) instanceof Dim.Fixed(long size))) {
      return Optional.empty();
    }
    return of(node.input(0), depth - 1)
        .filter(moments -> moments.means.length > 0 && size % moments.means.length == 0)
        .map(moments -> {
          int pixels = Math.toIntExact(size / moments.means.length);
          double[] means = new double[Math.toIntExact(size)];
          double[] deviations = new double[means.length];
          for (int i = 0; i < means.length; i++) {
            means[i] = moments.means[i / pixels];
            deviations[i] = moments.deviations[i / pixels];
          }
          return new ChannelMoments(means, deviations);
        });
  }

  private static Optional<ChannelMoments> joined(Node node, int depth) {
    if (node.intAttribute("axis", CHANNELS) != CHANNELS) {
      return Optional.empty();
    }
    double[] means = {};
    double[] deviations = {};
    for (Value part : node.inputs()) {
      Optional<ChannelMoments> found = of(part, depth - 1);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      means = appended(means, found.get().means);
      deviations = appended(deviations, found.get().deviations);
    }
    return Optional.of(new ChannelMoments(means, deviations));
  }

  private static double[] appended(double[] first, double[] second) {
    double[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static Optional<ChannelMoments> added(Node node, int depth) {
    Optional<ChannelMoments> first = of(node.input(0), depth / 2);
    Optional<ChannelMoments> second = of(node.input(1), depth / 2);
    if (first.isEmpty()
        || second.isEmpty()
        || first.get().means.length != second.get().means.length) {
      return Optional.empty();
    }
    double[] means = first.get().means.clone();
    double[] deviations = first.get().deviations.clone();
    for (int i = 0; i < means.length; i++) {
      means[i] += second.get().means[i];
      deviations[i] = Math.hypot(deviations[i], second.get().deviations[i]);
    }
    return Optional.of(new ChannelMoments(means, deviations));
  }

  /// The largest of several values is known only where all are the same; elsewhere nothing is taken
  /// over.
  private ChannelMoments constantsAlone() {
    double[] known = means.clone();
    for (int i = 0; i < known.length; i++) {
      known[i] = deviations[i] == 0 ? known[i] : 0;
    }
    return new ChannelMoments(known, deviations);
  }

  /// By the trapezoidal rule over six deviations to either side.
  private ChannelMoments through(DoubleUnaryOperator function) {
    double[] through = new double[means.length];
    double[] spread = new double[means.length];
    for (int i = 0; i < means.length; i++) {
      double weights = 0;
      double sum = 0;
      double squares = 0;
      int steps = deviations[i] == 0 ? 0 : STEPS;
      for (int step = 0; step <= steps; step++) {
        double z = steps == 0 ? 0 : REACH * (2.0 * step / steps - 1);
        double weight = Math.exp(-z * z / 2);
        double y = function.applyAsDouble(means[i] + z * deviations[i]);
        weights += weight;
        sum += weight * y;
        squares += weight * y * y;
      }
      through[i] = sum / weights;
      spread[i] =
          steps == 0 ? 0 : Math.sqrt(Math.max(0, squares / weights - through[i] * through[i]));
    }
    return new ChannelMoments(through, spread);
  }

  private static Optional<DoubleUnaryOperator> activation(Node node) {
    return switch (node.opType()) {
      case "Relu" -> Optional.of(x -> Math.max(0, x));
      case "LeakyRelu" -> {
        double slope = node.floatAttribute("alpha", 0.01f);
        yield Optional.of(x -> x < 0 ? slope * x : x);
      }
      case "Sigmoid" -> Optional.of(x -> 1 / (1 + Math.exp(-x)));
      case "Tanh" -> Optional.of(Math::tanh);
      case "HardSwish" -> Optional.of(x -> x * Math.clamp(x / 6 + 0.5, 0, 1));
      case "Clip" -> clip(node);
      default -> Optional.empty();
    };
  }

  private static Optional<DoubleUnaryOperator> clip(Node node) {
    double low = bound(node, 1, "min", Double.NEGATIVE_INFINITY);
    double high = bound(node, 2, "max", Double.POSITIVE_INFINITY);
    return low <= high ? Optional.of(x -> Math.clamp(x, low, high)) : Optional.empty();
  }

  /// NaN, which is in no order, if the bound is computed.
  private static double bound(Node node, int input, String attribute, double whenAbsent) {
    if (node.input(input).isPresent()) {
      return node.input(input).constant().map(each -> each.doubleAt(0)).orElse(Double.NaN);
    }
    return node.attribute(attribute).isPresent() ? node.floatAttribute(attribute, 0) : whenAbsent;
  }
}
