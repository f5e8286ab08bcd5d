// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/// Which element types the inputs of operators may have, as far as later code relies on them:
/// reading the sizes of a `Slice` or the slope of a `PRelu` takes whole or real numbers. Wider than
/// the specification where runtimes are.
final class InputTypes {
  /// One word an input, the last for all further ones: `F` floating, `N` a number, `L` INT64, `I`
  /// INT32 or INT64, `W` a whole number, `B` BOOL, `R` FLOAT, `=` the type of input 0, `.` any.
  private static final String TABLE =
      """
      Conv ConvTranspose InstanceNormalization GroupNormalization: F =
      DeformConv: F =
      Gemm MatMul PRelu Einsum: N =
      ConvInteger MatMulInteger: W W = W
      BatchNormalization LayerNormalization: F F
      RNN GRU: F = = = W =
      LSTM: F = = = W =
      AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool: F
      MaxPool LRN MeanVarianceNormalization LpNormalization Softmax LogSoftmax Hardmax: N
      MaxUnpool: F L L
      RoiAlign: F = L
      Sigmoid Tanh Elu Celu Selu LeakyRelu HardSigmoid HardSwish Mish Gelu ThresholdedRelu: F
      Softplus Softsign Exp Log Sqrt Reciprocal Ceil Floor Round: F
      Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh: F
      Abs Neg Sign Erf Relu Shrink: N
      Clip Sum Mean Max Min Add Sub Mul Div Mod: N =
      Pow: N N
      Greater Less GreaterOrEqual LessOrEqual: N =
      And Or Xor: B B
      Equal: . =
      Not: B
      Where: B . .
      Dropout: F F B
      IsNaN IsInf: F
      BitShift BitwiseAnd BitwiseOr BitwiseXor: W =
      BitwiseNot: W
      Reshape Expand Tile: . L
      Squeeze Unsqueeze Split: . L
      Pad: . L = I
      Slice: . I I I I
      Gather GatherElements: . I
      GatherND: . L
      Scatter ScatterElements: . I =
      ScatterND: . L =
      OneHot: N N .
      Compress: . B
      NonMaxSuppression: R R L R R
      ReduceSum ReduceMean ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp: N L
      ReduceSumSquare: N L
      ReduceMax ReduceMin: . L
      ArgMax ArgMin: N
      TopK: N L
      CumSum: N I
      Upsample: N R
      Resize: N . R L
      GridSample: . F
      ConstantOfShape: L
      Range: N =
      Trilu: . L
      ReverseSequence: . L
      QLinearConv: W R W W R W R W W
      DynamicQuantizeLinear: F
      QuantizeLinear DequantizeLinear: N F N
      If: B
      """;

  private static final Map<String, List<String>> BY_TYPE = parse();

  private InputTypes() {}

  /// @throws ModelFormatException naming the input that has a type which the operator cannot take
  static void check(Node node, OpSchema schema) {
    List<String> expected = BY_TYPE.getOrDefault(node.opType(), List.of());
    for (int i = 0; i < node.inputs().size() && !expected.isEmpty(); i++) {
      DataType type = node.input(i).dataType().orElse(null);
      if (type == null) {
        continue;
      }
      String word = expected.get(Math.min(i, expected.size() - 1));
      DataType first = node.input(0).dataType().orElse(type);
      if (!isAllowed(word, type, first)) {
        throw new ModelFormatException(
            "%s input %d (%s): is %s, expected %s"
                .formatted(
                    node.describe(), i, schema.inputName(i), type, description(word, first)));
      }
    }
  }

  private static boolean isAllowed(String word, DataType type, DataType first) {
    return switch (word) {
      case "F" -> type.isFloating();
      case "N" -> (type.isFloating() || type.isInteger()) && type != DataType.BOOL;
      case "W" -> type.isInteger() && type != DataType.BOOL;
      case "I" -> type == DataType.INT64 || type == DataType.INT32;
      case "L" -> type == DataType.INT64;
      case "B" -> type == DataType.BOOL;
      case "R" -> type == DataType.FLOAT;
      case "=" -> type == first;
      case "." -> true;
      default -> throw new IllegalStateException("unknown word " + word);
    };
  }

  private static String description(String word, DataType first) {
    return switch (word) {
      case "F" -> "a floating type";
      case "N" -> "numbers";
      case "W" -> "whole numbers";
      case "I" -> "INT64 or INT32";
      case "L" -> "INT64";
      case "B" -> "BOOL";
      case "R" -> "FLOAT";
      default -> first + ", the type of input 0";
    };
  }

  private static Map<String, List<String>> parse() {
    Map<String, List<String>> types = new HashMap<>();
    TABLE
        .lines()
        .forEach(line -> {
          int colon = line.indexOf(':');
          List<String> words = words(line.substring(colon + 1));
          words(line.substring(0, colon)).forEach(opType -> types.put(opType, words));
        });
    return Map.copyOf(types);
  }

  private static List<String> words(String text) {
    StringTokenizer tokens = new StringTokenizer(text);
    List<String> words = new ArrayList<>();
    while (tokens.hasMoreTokens()) {
      words.add(tokens.nextToken());
    }
    return words;
  }
}
