// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.Tensor;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What a candidate computes in, for people: a model of 1-bit layers is float to a backend, but not
/// to its reader.
public final class Arithmetic {
  private static final Set<String> LAYERS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");

  private Arithmetic() {}

  /// `1-bit (W1A1)` if a layer has weights of ±1 and takes signs, `1-bit weights (W1A32)` if its
  /// inputs are float; `ternary (W1.5A1)` and `ternary weights (W1.5A32)` if weights are 0 too;
  /// else as [#ofQuantizers] says.
  public static String of(Candidate candidate) {
    boolean oneBit = false;
    boolean ternary = false;
    boolean ternarySigns = false;
    for (Node node : candidate.model().graph().allNodes()) {
      if (WeightLayout.of(node).isEmpty() || node.inputs().size() < 2) {
        continue;
      }
      Optional<Boolean> zeroes = zeroes(node.inputs().get(1));
      if (zeroes.isPresent()) {
        boolean signs = takesSigns(node.inputs().getFirst());
        if (!zeroes.get() && signs) {
          return "1-bit (W1A1)";
        }
        ternarySigns |= signs;
        oneBit |= !zeroes.get();
        ternary |= zeroes.get();
      }
    }
    if (ternarySigns) {
      return "ternary (W1.5A1)";
    }
    if (oneBit || ternary) {
      return oneBit ? "1-bit weights (W1A32)" : "ternary weights (W1.5A32)";
    }
    return ofQuantizers(candidate);
  }

  /// `4-bit weights in INT8` and the like if the widest quantized weights leave bits of their type
  /// unused, `INT16 weights` for another type than 8 bits; which side is float, if one is; else the
  /// precision.
  private static String ofQuantizers(Candidate candidate) {
    Optional<QuantizedWeights> widest = Optional.empty();
    boolean floats = false;
    boolean integers = false;
    boolean activations = false;
    for (Node node : candidate.model().graph().allNodes()) {
      activations |= node.is("QuantizeLinear");
      integers |= node.opType().startsWith("QLinear") || node.opType().endsWith("Integer");
      if (!LAYERS.contains(node.opType()) || node.inputs().size() < 2) {
        continue;
      }
      Value weights = node.inputs().get(1);
      integers |= QuantizedWeights.dequantize(weights).isPresent();
      floats |= weights.constant().isPresent();
      widest =
          Stream.concat(widest.stream(), QuantizedWeights.of(weights).stream())
              .max(Comparator.comparingInt(QuantizedWeights::bits));
    }
    if (activations && floats && !integers) {
      return "float weights, quantized activations";
    }
    if (widest.isPresent() && !activations) {
      return "%d-bit weights, float activations".formatted(widest.get().bits());
    }
    return widest.flatMap(QuantizedWeights::name).orElse(candidate.precision().name());
  }

  /// Whether weights of −1, 0 and +1 alone hold a 0; empty for other weights.
  private static Optional<Boolean> zeroes(Value weights) {
    Optional<Tensor> constant = weights.constant();
    if (constant.isEmpty() || constant.get().elements() < 2) {
      return Optional.empty();
    }
    boolean zero = false;
    boolean low = false;
    boolean high = false;
    for (float weight : constant.get().toFloats()) {
      if (weight != 0 && Math.abs(weight) != 1) {
        return Optional.empty();
      }
      zero |= weight == 0;
      low |= weight < 0;
      high |= weight > 0;
    }
    return low && high ? Optional.of(zero) : Optional.empty();
  }

  /// Also through the padding in front of a convolution.
  private static boolean takesSigns(Value input) {
    Optional<Node> producer = input.producer();
    if (producer.isPresent() && producer.get().is("Pad")) {
      producer = producer.get().inputs().getFirst().producer();
    }
    return producer.isPresent() && SignPattern.is(producer.get());
  }
}
