// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.operator;

import dev.quench.compress.prune.structure.Coupling;
import dev.quench.compress.prune.structure.OperatorRule;
import dev.quench.graph.Node;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The rules of ONNX's operators.
public final class OperatorRules {
  private OperatorRules() {}

  /// The rule of a node's operator; empty if there is none, in which case all that it touches must
  /// stay.
  public static Optional<OperatorRule> of(Node node) {
    return node.domain().isEmpty() ? Optional.ofNullable(find(node.opType())) : Optional.empty();
  }

  private static @Nullable OperatorRule find(String opType) {
    return switch (opType) {
      case "Conv" -> new ConvolutionRule(false);
      case "ConvTranspose" -> new ConvolutionRule(true);
      case "Gemm" -> new GemmRule();
      case "MatMul" -> new MatrixRule();
      case "BatchNormalization", "InstanceNormalization" -> new NormalizationRule();
      case "GroupNormalization",
          "LayerNormalization",
          "RMSNormalization",
          "LpNormalization",
          "MeanVarianceNormalization",
          "LRN",
          "Softmax",
          "LogSoftmax",
          "Hardmax",
          "CumSum",
          "TopK" ->
          new AlongAxesRule();
      case "MaxPool",
          "AveragePool",
          "LpPool",
          "GlobalAveragePool",
          "GlobalMaxPool",
          "GlobalLpPool",
          "GridSample" ->
          new PoolingRule(true);
      case "RoiAlign", "MaxRoiPool" -> new PoolingRule(false);
      case "Concat" -> new ConcatRule();
      case "Split" -> new SplitRule();
      case "Slice" -> new SliceRule();
      case "Gather" -> new GatherRule();
      case "Transpose" -> new TransposeRule();
      case "Reshape", "Flatten" -> new ReshapeRule();
      case "Squeeze", "Unsqueeze" -> new SqueezeRule();
      case "Expand" -> new ExpandRule();
      case "Tile" -> new TileRule();
      case "Pad" -> new PadRule();
      case "Resize", "Upsample" -> new ResizeRule();
      case "DepthToSpace", "SpaceToDepth" -> new DepthSpaceRule();
      case "QuantizeLinear", "DequantizeLinear" -> new QuantizerRule();
      case "LSTM", "GRU", "RNN" -> new RecurrentRule();
      case "Shape" -> new ShapeOfRule();
      case "Size", "NonZero", "ConstantOfShape", "Range" -> OperatorRules::freeze;
      case "ReduceSum",
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
          "ArgMin" ->
          new ReduceRule();
      default -> isElementwise(opType) ? new ElementwiseRule() : null;
    };
  }

  private static void freeze(Node node, Coupling coupling) {
    coupling.freezeNode(node, node.describe() + " computes with sizes");
  }

  private static boolean isElementwise(String opType) {
    return switch (opType) {
      case "Add", "Sub", "Mul", "Div", "Pow", "Mod", "Min", "Max", "Sum", "Mean", "Where" -> true;
      case "And", "Or", "Xor", "Not", "Equal", "Greater", "Less", "GreaterOrEqual" -> true;
      case "LessOrEqual", "IsNaN", "IsInf", "BitShift", "BitwiseAnd", "BitwiseOr" -> true;
      case "BitwiseXor", "BitwiseNot", "Abs", "Neg", "Sign", "Ceil", "Floor", "Round" -> true;
      case "Exp", "Log", "Sqrt", "Reciprocal", "Erf", "Sin", "Cos", "Tan", "Asin", "Acos" -> true;
      case "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Tanh", "Sigmoid" -> true;
      case "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Gelu", "Mish", "Swish" -> true;
      case "HardSigmoid", "HardSwish", "Softplus", "Softsign", "ThresholdedRelu" -> true;
      case "Shrink", "Clip", "Identity", "Cast", "CastLike", "Dropout" -> true;
      default -> false;
    };
  }
}
