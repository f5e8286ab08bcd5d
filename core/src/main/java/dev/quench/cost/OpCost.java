// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/// Counts operations of single nodes whose shapes are all static. Overflow is an
/// [ArithmeticException].
final class OpCost {
  private OpCost() {}

  /// Operators that give another view of the same elements, or only look at the shape.
  static boolean isView(Node node) {
    return switch (node.opType()) {
      case "Reshape",
          "Flatten",
          "Squeeze",
          "Unsqueeze",
          "Identity",
          "Dropout",
          "Shape",
          "Size",
          "Constant" ->
          true;
      default -> false;
    };
  }

  static boolean isTrained(Node node, int input, Tensor tensor) {
    boolean mayBeWeight =
        tensor.dataType().isFloating()
            || (tensor.dataType().isInteger() && tensor.dataType().bits() <= 8);
    return switch (node.opType()) {
      case "QuantizeLinear" -> input == 0;
      // A bias is quantized to 32 bits.
      case "DequantizeLinear" -> input == 0;
      case "QLinearConv" -> input == 3 || input == 8;
      case "QLinearMatMul" -> input == 0 || input == 3;
      case "ConvInteger", "MatMulInteger" -> input <= 1;
      case "BatchNormalization" -> input == 1 || input == 2;
      case "Resize", "Upsample", "Clip", "Pad", "Range", "OneHot" -> false;
      default -> mayBeWeight;
    };
  }

  static long macs(Node node) {
    return switch (node.opType()) {
      case "Conv", "ConvInteger", "DeformConv" -> product(out(node), kernelVolume(in(node, 1)));
      case "QLinearConv" -> product(out(node), kernelVolume(in(node, 3)));
      case "ConvTranspose" -> product(in(node, 0).elements(), kernelVolume(in(node, 1)));
      case "Gemm" ->
          product(out(node), in(node, 0).size(node.intAttribute("transA", 0) == 0 ? 1 : 0));
      case "MatMul", "MatMulInteger", "QLinearMatMul" -> product(out(node), in(node, 0).size(-1));
      case "LSTM", "GRU", "RNN" -> recurrent(node);
      case "Einsum" -> einsum(node);
      default -> 0;
    };
  }

  static long otherFlops(Node node) {
    return switch (node.opType()) {
      case "Conv", "ConvTranspose" -> node.input(2).isPresent() ? out(node) : 0;
      case "DeformConv" -> node.input(3).isPresent() ? out(node) : 0;
      case "QLinearConv" -> node.input(8).isPresent() ? out(node) : 0;
      case "Gemm" -> node.input(2).isPresent() ? out(node) : 0;
      case "BatchNormalization", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear" ->
          product(2, out(node));
      case "Softmax", "LogSoftmax" -> product(5, out(node));
      case "LayerNormalization",
          "InstanceNormalization",
          "GroupNormalization",
          "MeanVarianceNormalization",
          "LpNormalization" ->
          product(8, out(node));
      case "LRN" -> product(out(node), node.intAttribute("size", 1) + 3);
      case "MaxPool", "AveragePool", "LpPool" ->
          product(out(node), volume(node.intsAttribute("kernel_shape").orElse(new long[0])));
      case "GlobalAveragePool",
          "GlobalMaxPool",
          "GlobalLpPool",
          "ReduceSum",
          "ReduceMean",
          "ReduceMax",
          "ReduceMin",
          "ReduceProd",
          "ReduceL1",
          "ReduceL2",
          "ReduceLogSum",
          "ReduceLogSumExp",
          "ReduceSumSquare",
          "ArgMax",
          "ArgMin",
          "CumSum" ->
          in(node, 0).elements();
      case "Resize", "Upsample" ->
          node.textAttribute("mode", "nearest").equals("nearest") ? 0 : product(8, out(node));
      case "Sum", "Mean", "Max", "Min" -> product(out(node), Math.max(1, node.inputs().size() - 1));
      default -> isElementwise(node.opType()) ? out(node) : 0;
    };
  }

  private static boolean isElementwise(String opType) {
    return switch (opType) {
      case "Abs", "Ceil", "Exp", "Floor", "Log", "Neg", "Reciprocal", "Sigmoid", "Sqrt", "Tanh" ->
          true;
      case "Erf", "Sign", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh" -> true;
      case "Asinh", "Acosh", "Atanh", "Softplus", "Softsign", "Round", "Not", "IsNaN", "IsInf" ->
          true;
      case "Relu", "LeakyRelu", "HardSigmoid", "HardSwish", "Mish", "Gelu", "Elu", "Celu" -> true;
      case "Selu", "ThresholdedRelu", "Shrink", "PRelu", "Clip" -> true;
      case "Add", "Sub", "Mul", "Div", "Pow", "Mod", "And", "Or", "Xor", "Equal", "Greater" -> true;
      case "Less", "GreaterOrEqual", "LessOrEqual", "Where", "BitShift" -> true;
      case "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot" -> true;
      default -> false;
    };
  }

  /// What a backend can compute on the result of a layer before it reaches memory.
  static boolean isFusible(Node node) {
    return switch (node.opType()) {
      case "BatchNormalization",
          "QuantizeLinear",
          "DequantizeLinear",
          "Cast",
          "Sum",
          "Max",
          "Min" ->
          node.outputs().stream().filter(Value::isPresent).count() == 1;
      default -> isElementwise(node.opType());
    };
  }

  /// Outputs that do not wait for each other; a recurrent layer takes one step after another.
  static long parallelism(Node node) {
    return switch (node.opType()) {
      case "LSTM", "GRU", "RNN" -> out(node) / Math.max(1, in(node, 0).size(0));
      default -> isView(node) ? 0 : out(node);
    };
  }

  /// @param value of known type and static shape
  static long bytes(Value value) {
    return value.dataType().orElseThrow().byteSize(value.shape().orElseThrow().elements());
  }

  /// Products for one output element of a convolution with weights `[M, C/group, k…]`; for one
  /// input element of a transposed one with `[C, M/group, k…]`.
  private static long kernelVolume(Shape weights) {
    long[] sizes = weights.sizes();
    return volume(Arrays.copyOfRange(sizes, 1, sizes.length));
  }

  /// Every weight is used once for each step and sample; `W` is `[directions, gates * hidden,
  /// features]`.
  private static long recurrent(Node node) {
    Shape x = in(node, 0);
    long weights = Math.addExact(in(node, 1).elements(), in(node, 2).elements());
    return product(product(x.size(0), x.size(1)), weights);
  }

  /// One product for every combination of index values, as a sum over two operands needs.
  private static long einsum(Node node) {
    String equation = node.textAttribute("equation", "").replace(" ", "");
    int arrow = equation.indexOf("->");
    String[] terms = (arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1);
    if (terms.length != 2 || equation.contains(".")) {
      return 0;
    }
    Map<Character, Long> sizes = new HashMap<>();
    for (int i = 0; i < terms.length; i++) {
      for (int axis = 0; axis < terms[i].length(); axis++) {
        sizes.merge(terms[i].charAt(axis), in(node, i).size(axis), Math::max);
      }
    }
    return volume(sizes.values().stream().mapToLong(Long::longValue).toArray());
  }

  private static Shape in(Node node, int input) {
    return node.input(input).shape().orElse(Shape.SCALAR);
  }

  private static long out(Node node) {
    // An operator may leave out its first output, as LSTM does.
    OptionalLong first =
        node.outputs().stream()
            .flatMap(output -> output.shape().stream())
            .mapToLong(Shape::elements)
            .findFirst();
    return first.orElse(0);
  }

  private static long volume(long[] sizes) {
    long volume = 1;
    for (long size : sizes) {
      volume = Math.multiplyExact(volume, size);
    }
    return volume;
  }

  private static long product(long a, long b) {
    return Math.multiplyExact(a, b);
  }
}
