// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary.cost;

import dev.quench.cost.ModelCost;
import dev.quench.cost.NodeCost;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The binary and ternary layers of a model, and what they cost: convolutions and matrix products
/// whose constant weights are all −1, 0 or 1.
///
/// @param layers in graph order
public record BinaryCost(List<BinaryLayerCost> layers) {
  private static final Set<String> LAYERS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
  private static final Set<String> KEEP_SIGNS =
      Set.of("MaxPool", "Flatten", "Reshape", "Transpose", "Identity");

  public BinaryCost {
    layers = List.copyOf(layers);
  }

  /// @param model not modified
  /// @param cost of the model, which gives the products and values of its nodes
  public static BinaryCost of(Model model, ModelCost cost) {
    Model shaped = model.copy();
    ShapeInference.infer(shaped);
    Map<String, NodeCost> costs = new HashMap<>();
    cost.nodeCosts().forEach(node -> costs.putIfAbsent(node.node(), node));
    List<BinaryLayerCost> layers = new ArrayList<>();
    for (Node node : shaped.graph().nodes()) {
      if (node.domain().isEmpty() && LAYERS.contains(node.opType())) {
        String name = node.name().isEmpty() ? node.output(0).name() : node.name();
        Optional.ofNullable(costs.get(name)).flatMap(c -> of(node, c)).ifPresent(layers::add);
      }
    }
    return new BinaryCost(layers);
  }

  private static Optional<BinaryLayerCost> of(Node node, NodeCost cost) {
    Tensor weights = node.input(1).constant().orElse(null);
    if (weights == null || !weights.dataType().isFloating() || weights.shape().rank() < 2) {
      return Optional.empty();
    }
    float[] values = weights.toFloats();
    boolean zeroes = false;
    boolean signs = false;
    for (float value : values) {
      if (value != 0 && value != 1 && value != -1) {
        return Optional.empty();
      }
      zeroes |= value == 0;
      signs |= value != 0;
    }
    if (!signs) {
      return Optional.empty();
    }
    return Optional.of(
        new BinaryLayerCost(
            cost.node(),
            zeroes ? 3 : 2,
            readsSigns(node.input(0)),
            values.length,
            cost.macs(),
            (cost.bytesMoved() - cost.weightBytes()) / weights.dataType().byteSize(1),
            repetition(node, weights.shape(), values)));
  }

  private static Optional<KernelRepetition> repetition(Node node, Shape shape, float[] values) {
    if (!node.is("Conv") || shape.rank() < 4 || shape.size(2) * shape.size(3) < 2) {
      return Optional.empty();
    }
    byte[] weights = new byte[values.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (byte) values[i];
    }
    int groups = Math.toIntExact(Math.max(1, node.intAttribute("group", 1)));
    return Optional.of(
        KernelRepetition.of(
            weights, Math.toIntExact(shape.size(0)), Math.toIntExact(shape.size(1)), groups));
  }

  private static boolean readsSigns(Value input) {
    Value value = input;
    Optional<Node> producer = value.producer();
    while (producer.filter(node -> KEEP_SIGNS.contains(node.opType())).isPresent()) {
      value = producer.get().input(0);
      producer = value.producer();
    }
    return producer.filter(SignPattern::is).isPresent();
  }

  /// Energy of the arithmetic of these layers, in microjoule.
  public double arithmeticMicrojoules() {
    return layers.stream().mapToDouble(BinaryLayerCost::arithmetic).sum() / 1e6;
  }

  /// Energy of the arithmetic of these layers in FP32, in microjoule.
  public double floatArithmeticMicrojoules() {
    return layers.stream().mapToDouble(BinaryLayerCost::floatArithmetic).sum() / 1e6;
  }

  /// Energy of the memory accesses of these layers, in microjoule.
  public double memoryMicrojoules() {
    return layers.stream().mapToDouble(BinaryLayerCost::memory).sum() / 1e6;
  }

  /// Energy of the memory accesses of these layers in FP32, in microjoule.
  public double floatMemoryMicrojoules() {
    return layers.stream().mapToDouble(BinaryLayerCost::floatMemory).sum() / 1e6;
  }

  /// Memory accesses of 64 bits.
  public long accesses() {
    return layers.stream().mapToLong(BinaryLayerCost::accesses).sum();
  }

  /// Memory accesses of 64 bits in FP32.
  public long floatAccesses() {
    return layers.stream().mapToLong(BinaryLayerCost::floatAccesses).sum();
  }
}
