// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.graph.Node;
import dev.quench.graph.Value;
import java.util.List;
import java.util.stream.Stream;

/// Which values of a node carry the data whose element type decides whether a target can compute
/// it; not indices, axes, shapes, scales and conditions.
final class DataOperands {
  private DataOperands() {}

  static List<Value> of(Node node) {
    return switch (node.opType()) {
      case "Where" -> present(node.input(1), node.input(2));
      case "OneHot" -> present(node.input(2));
      case "Constant" -> onlyForQuantization(node) ? List.of() : present(node.output(0));
      case "BlackmanWindow", "HammingWindow", "HannWindow" -> present(node.output(0));
      case "ConstantOfShape", "EyeLike", "RandomNormal", "RandomUniform" -> present(node.output(0));
      case "RandomNormalLike", "RandomUniformLike" -> present(node.output(0));
      case "If" -> node.outputs().stream().filter(Value::isPresent).toList();
      case "Loop" -> node.inputs().stream().skip(2).filter(Value::isPresent).toList();
      case "Cast", "CastLike" -> present(node.input(0), node.output(0));
      case "Add",
          "Sub",
          "Mul",
          "Div",
          "Max",
          "Min",
          "Mod",
          "Sum",
          "Mean",
          "Concat",
          "And",
          "Or",
          "Xor",
          "Equal",
          "Greater",
          "GreaterOrEqual",
          "Less",
          "LessOrEqual",
          "MatMul",
          "Gemm" ->
          node.inputs().stream().filter(Value::isPresent).toList();
      default -> present(node.input(0));
    };
  }

  /// Zero points and quantized weights are constants of types used nowhere else.
  private static boolean onlyForQuantization(Node node) {
    Value output = node.output(0);
    return !output.isGraphOutput()
        && output.uses().stream()
            .allMatch(use -> use.node().is("QuantizeLinear") || use.node().is("DequantizeLinear"));
  }

  private static List<Value> present(Value... values) {
    return Stream.of(values).filter(Value::isPresent).toList();
  }
}
