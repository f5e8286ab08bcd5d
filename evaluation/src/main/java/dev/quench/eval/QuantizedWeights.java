// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Integer weights of a layer.
///
/// @param type that stores them
/// @param bits that the numbers need, at most those of the type
record QuantizedWeights(DataType type, int bits) {
  private static final Set<DataType> UNSIGNED =
      EnumSet.of(DataType.UINT4, DataType.UINT8, DataType.UINT16);

  /// Empty unless a `DequantizeLinear` of a constant gives the weights.
  static Optional<QuantizedWeights> of(Value weights) {
    return dequantize(weights)
        .flatMap(node -> node.inputs().getFirst().constant())
        .filter(stored -> stored.dataType().isInteger())
        .map(stored -> new QuantizedWeights(stored.dataType(), bits(stored)));
  }

  /// The node behind the weights; DoReFa subtracts 1 from its levels of more than 7 bits.
  static Optional<Node> dequantize(Value weights) {
    Optional<Node> producer = weights.producer();
    if (producer.filter(node -> node.is("Sub")).isPresent()) {
      producer = producer.get().inputs().getFirst().producer();
    }
    return producer.filter(node -> node.is("DequantizeLinear"));
  }

  /// Odd numbers alone are the levels 2q − n of DoReFa, whose q needs one bit less.
  private static int bits(Tensor stored) {
    int signBit = UNSIGNED.contains(stored.dataType()) ? 0 : 1;
    boolean odd = stored.elements() > 0;
    int bits = 0;
    for (long i = 0; i < stored.elements(); i++) {
      long value = stored.longAt(i);
      odd &= (value & 1) != 0;
      int digits = Long.SIZE - Long.numberOfLeadingZeros(value < 0 ? ~value : value);
      bits = Math.max(bits, digits + signBit);
    }
    return odd ? bits - 1 : bits;
  }

  /// For people; empty for plain 8 bits.
  Optional<String> name() {
    if (bits < type.bits()) {
      return Optional.of("%d-bit weights in %s".formatted(bits, type));
    }
    return type.bits() == Byte.SIZE ? Optional.empty() : Optional.of(type + " weights");
  }
}
