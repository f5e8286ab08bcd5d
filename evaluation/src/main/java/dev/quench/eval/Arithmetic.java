// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What a candidate computes in, for people: a model of 1-bit layers is float to a backend, but not
/// to its reader.
public final class Arithmetic {
  private static final Set<String> LAYERS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");

  private Arithmetic() {}

  /// `1-bit (W1A1)` if a layer has weights of ±1 and takes signs, `1-bit weights (W1A32)` if its
  /// inputs are float, `ternary weights` if weights are 0 too; `4-bit weights in INT8` and the like
  /// if the widest quantized weights leave bits of their type unused, `INT16 weights` for another
  /// type than 8 bits; else the precision.
  public static String of(Candidate candidate) {
    boolean oneBit = false;
    boolean ternary = false;
    boolean weights = false;
    Optional<QuantizedWeights> widest = Optional.empty();
    for (Node node : candidate.model().graph().allNodes()) {
      if (LAYERS.contains(node.opType()) && node.inputs().size() > 1) {
        weights |= QuantizedWeights.dequantize(node.inputs().get(1)).isPresent();
        widest =
            Stream.concat(widest.stream(), QuantizedWeights.of(node.inputs().get(1)).stream())
                .max(Comparator.comparingInt(QuantizedWeights::bits));
      }
      if (WeightLayout.of(node).isEmpty() || node.inputs().size() < 2) {
        continue;
      }
      Optional<Boolean> zeroes = zeroes(node.inputs().get(1));
      if (zeroes.isPresent()) {
        if (!zeroes.get() && takesSigns(node.inputs().getFirst())) {
          return "1-bit (W1A1)";
        }
        oneBit |= !zeroes.get();
        ternary |= zeroes.get();
      }
    }
    if (oneBit || ternary) {
      return oneBit ? "1-bit weights (W1A32)" : "ternary weights";
    }
    boolean activations =
        candidate.model().graph().allNodes().stream().anyMatch(node -> node.is("QuantizeLinear"));
    if (activations && !weights) {
      return "FP32 weights, quantized activations";
    }
    if (widest.isPresent() && !activations) {
      return "%d-bit weights, FP32 activations".formatted(widest.get().bits());
    }
    return widest.flatMap(QuantizedWeights::name).orElse(candidate.precision().name());
  }

  /// @param type that stores them
  /// @param bits that the numbers need, at most those of the type
  private record QuantizedWeights(DataType type, int bits) {
    private static final Set<DataType> UNSIGNED =
        EnumSet.of(DataType.UINT4, DataType.UINT8, DataType.UINT16);

    /// Empty unless a `DequantizeLinear` of a constant gives the weights.
    static Optional<QuantizedWeights> of(Value weights) {
      return dequantize(weights)
          .flatMap(node -> node.inputs().getFirst().constant())
          .filter(stored -> stored.dataType().isInteger())
          .map(stored -> new QuantizedWeights(stored.dataType(), bits(stored)));
    }

    /// DoReFa subtracts 1 from its levels of more than 7 bits.
    static Optional<Node> dequantize(Value weights) {
      Optional<Node> producer = weights.producer();
      if (producer.filter(node -> node.is("Sub")).isPresent()) {
        producer = producer.get().inputs().getFirst().producer();
      }
      return producer.filter(node -> node.is("DequantizeLinear"));
    }

    /// Odd numbers alone are the levels 2q − n of DoReFa, whose q needs one bit less.
    private static int bits(Tensor stored) {
      long[] values = stored.toLongs();
      boolean odd = Arrays.stream(values).allMatch(value -> (value & 1) != 0);
      int bits = 0;
      int signBit = UNSIGNED.contains(stored.dataType()) ? 0 : 1;
      for (long value : values) {
        long level = odd ? value >> 1 : value;
        int digits = Long.SIZE - Long.numberOfLeadingZeros(level < 0 ? ~level : level);
        bits = Math.max(bits, digits + signBit);
      }
      return bits;
    }

    /// Empty for plain 8 bits.
    Optional<String> name() {
      if (bits < type.bits()) {
        return Optional.of("%d-bit weights in %s".formatted(bits, type));
      }
      return type.bits() == Byte.SIZE ? Optional.empty() : Optional.of(type + " weights");
    }
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
