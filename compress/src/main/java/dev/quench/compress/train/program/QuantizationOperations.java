// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;

/// Quantization operators as straight-through estimators.
final class QuantizationOperations {
  private QuantizationOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("QuantizeLinear", QuantizationOperations::quantizeAlone);
    table.put("DequantizeLinear", QuantizationOperations::dequantize);
  }

  private static Operation quantizeAlone(Node node, Slots slots) {
    throw new UnsupportedOperatorException(
        node, "expected a DequantizeLinear with the same zero point directly after it");
  }

  private static Operation dequantize(Node node, Slots slots) {
    Optional<Node> quantizer = node.input(0).producer().filter(p -> p.is("QuantizeLinear"));
    if (quantizer.isPresent()) {
      return pair(quantizer.get(), node, slots);
    }
    if (node.input(0).constant().isEmpty()) {
      throw new UnsupportedOperatorException(
          node, "its input is neither a constant nor the output of a QuantizeLinear");
    }
    long[] along = alongAxis(node, node.input(0));
    int x = slots.input(node, 0);
    int scale = slots.input(node, 1);
    int zeroPoint = LayerOperations.optional(node, 2, slots);
    int y = slots.output(node);
    return pass -> {
      org.bytedeco.pytorch.Tensor values = pass.get(x);
      org.bytedeco.pytorch.Tensor centred =
          zeroPoint < 0 ? values : values.sub(pass.get(zeroPoint).view(along));
      pass.set(y, centred.mul(pass.get(scale).view(along)));
    };
  }

  private static Operation pair(Node quantize, Node dequantize, Slots slots) {
    requireSameZeroPoint(quantize, dequantize);
    DataType type = dequantize.input(2).constant().map(Tensor::dataType).orElse(DataType.UINT8);
    double zeroPoint = zeroPoint(dequantize);
    double low = lowest(dequantize, type) - zeroPoint;
    double high = low + (1 << type.bits()) - 1;
    long[] along = alongAxis(quantize, quantize.input(0));
    long[] alongResult = alongAxis(dequantize, quantize.input(0));
    int x = slots.input(quantize, 0);
    int scale = slots.input(quantize, 1);
    int resultScale = slots.input(dequantize, 1);
    int y = slots.output(dequantize);
    return pass ->
        pass.set(
            y,
            StraightThrough.quantize(
                pass.single(x),
                pass.get(scale).view(along),
                pass.get(resultScale).view(alongResult),
                new Scalar(low),
                new Scalar(high)));
  }

  private static void requireSameZeroPoint(Node quantize, Node dequantize) {
    Value first = quantize.input(2);
    Value second = dequantize.input(2);
    boolean same =
        first == second
            || first.constant().flatMap(a -> second.constant().map(a::contentEquals)).orElse(false);
    if (!same) {
      throw new UnsupportedOperatorException(
          dequantize, "its zero point differs from that of " + quantize.describe());
    }
  }

  private static double lowest(Node node, DataType type) {
    return switch (type) {
      case INT8 -> -128;
      case UINT8, UINT4, UINT16 -> 0;
      case INT4 -> -8;
      case INT16 -> Short.MIN_VALUE;
      default ->
          throw new UnsupportedOperatorException(
              node,
              "it quantizes to "
                  + type
                  + "; the trainer supports INT8, UINT8, INT4, UINT4, INT16 and UINT16");
    };
  }

  private static double zeroPoint(Node dequantize) {
    Value input = dequantize.input(2);
    if (input.isAbsent()) {
      return 0;
    }
    double[] values =
        input
            .constant()
            .orElseThrow(() ->
                new UnsupportedOperatorException(
                    dequantize, "its zero point is computed, expected a constant"))
            .toDoubles();
    if (Arrays.stream(values).anyMatch(value -> value != values[0])) {
      throw new UnsupportedOperatorException(
          dequantize, "its channels have different zero points; the trainer supports one for all");
    }
    return values.length == 0 ? 0 : values[0];
  }

  /// The shape with which the scale broadcasts along its axis.
  private static long[] alongAxis(Node node, Value x) {
    Tensor scale =
        node.input(1)
            .constant()
            .orElseThrow(() ->
                new UnsupportedOperatorException(
                    node, "its scale is computed, expected a constant"));
    if (scale.elements() == 1) {
      return new long[] {1};
    }
    int rank =
        x.shape()
            .orElseThrow(
                () -> new UnsupportedOperatorException(node, "the rank of its input is unknown"))
            .rank();
    long axis = node.intAttribute("axis", 1);
    long[] along = LayerOperations.ones(rank);
    along[Math.toIntExact(axis < 0 ? axis + rank : axis)] = -1;
    return along;
  }
}
