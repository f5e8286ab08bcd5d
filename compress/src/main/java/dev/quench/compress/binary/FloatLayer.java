// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.compress.TensorArrays;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A layer that training leaves or makes float, although the command or the model wants bits.
///
/// @param node description of the layer
/// @param reason why, in words
public record FloatLayer(String node, String reason) {
  /// The layers between the first and the last that [BinarizeWeights] or [BinarizeActivations] left
  /// float.
  ///
  /// @param model after both; not changed
  /// @param weights whether weights were to be 1-bit or ternary
  /// @param activations whether activations were to be 1-bit
  public static List<FloatLayer> of(Model model, boolean weights, boolean activations) {
    Graph graph = model.graph();
    List<FloatLayer> found = new ArrayList<>();
    for (Node layer : BinaryLayers.inner(graph)) {
      if (weights && layer.input(1).producer().filter(TrainingOps::isBinarize).isEmpty()) {
        found.add(new FloatLayer(layer.describe(), weightReason(layer.input(1))));
      }
      if (activations) {
        activationReason(layer.input(0))
            .ifPresent(reason -> found.add(new FloatLayer(layer.describe(), reason)));
      }
    }
    return found;
  }

  /// The layers of 1-bit or ternary constant weights, which training makes float.
  ///
  /// @param model with nothing made 1-bit for training
  /// @param trained whether a layer is not frozen
  public static List<FloatLayer> fromBits(Model model, Predicate<Node> trained) {
    List<FloatLayer> found = new ArrayList<>();
    for (Node layer : model.graph().nodes()) {
      if (WeightLayout.of(layer).isPresent()
          && layer.input(1).constant().filter(FloatLayer::holdsBits).isPresent()
          && trained.test(layer)) {
        String reason =
            "its weights '%s' are 1-bit or ternary so far".formatted(layer.input(1).name());
        found.add(new FloatLayer(layer.describe(), reason));
      }
    }
    return found;
  }

  private static boolean holdsBits(Tensor weights) {
    if (!TensorArrays.isTernary(weights)) {
      return false;
    }
    DoubleSummaryStatistics range = Arrays.stream(weights.toDoubles()).summaryStatistics();
    return range.getMin() < 0 && range.getMax() > 0;
  }

  /// For people: which layer becomes float, and why.
  public String becoming() {
    return node + " becomes float: " + reason;
  }

  /// For people: which layer a quantizer of several bits takes from 1-bit weights, and why.
  public String widening() {
    return node + " is trained with more bits: " + reason;
  }

  /// For people: which layer stays float, and why.
  public String staying() {
    return node + " stays float: " + reason;
  }

  private static String weightReason(Value weights) {
    String what = "its weights '" + weights.name() + "' ";
    if (weights.constant().isEmpty()) {
      return what + "are computed, not constant";
    }
    if (weights.dataType().filter(DataType.FLOAT::equals).isEmpty()) {
      return what + "are not FLOAT";
    }
    return what
        + (weights.hasSingleUse()
            ? "do not have the shape of filters"
            : "are read by other nodes too");
  }

  private static Optional<String> activationReason(Value input) {
    Optional<Node> producer = input.producer();
    while (producer.filter(BinarizeActivations::keepsSigns).isPresent()) {
      producer = producer.get().input(0).producer();
    }
    if (producer.filter(FloatLayer::isSign).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        producer
            .map(node ->
                "it reads " + node.describe() + ", expected the output of a rectifier such as Relu")
            .orElse("it reads an input of the model"));
  }

  private static boolean isSign(Node node) {
    return TrainingOps.isSign(node) || SignPattern.is(node);
  }
}
