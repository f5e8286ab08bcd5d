// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/// Elementwise operators of several operands, broadcast as ONNX does, and the sign pattern.
final class ArithmeticOperations {
  private ArithmeticOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("Add", binary(org.bytedeco.pytorch.Tensor::add));
    table.put("Sub", binary(org.bytedeco.pytorch.Tensor::sub));
    table.put("Mul", binary(org.bytedeco.pytorch.Tensor::mul));
    table.put("Div", binary(org.bytedeco.pytorch.Tensor::div));
    table.put("Pow", ArithmeticOperations::power);
    table.put("Min", (node, slots) -> variadic(node, slots, torch::minimum, false));
    table.put("Max", (node, slots) -> variadic(node, slots, torch::maximum, false));
    table.put(
        "Sum", (node, slots) -> variadic(node, slots, org.bytedeco.pytorch.Tensor::add, false));
    table.put(
        "Mean", (node, slots) -> variadic(node, slots, org.bytedeco.pytorch.Tensor::add, true));
    table.put("Where", ArithmeticOperations::where);
  }

  private static NodeCompiler binary(BinaryOperator<org.bytedeco.pytorch.Tensor> function) {
    return (node, slots) -> {
      int a = slots.input(node, 0);
      int b = slots.input(node, 1);
      int y = slots.output(node);
      return pass -> pass.set(y, function.apply(pass.get(a), pass.get(b)));
    };
  }

  private static Operation variadic(
      Node node,
      Slots slots,
      BinaryOperator<org.bytedeco.pytorch.Tensor> function,
      boolean averaged) {
    int[] operands = node.inputs().stream().mapToInt(slots::of).toArray();
    int y = slots.output(node);
    return pass -> {
      org.bytedeco.pytorch.Tensor result = torch.alias(pass.get(operands[0]));
      for (int i = 1; i < operands.length; i++) {
        result = function.apply(result, pass.get(operands[i]));
      }
      pass.set(y, averaged ? result.div(new Scalar((double) operands.length)) : result);
    };
  }

  private static Operation power(Node node, Slots slots) {
    int x = slots.input(node, 0);
    int y = slots.output(node);
    Optional<Tensor> constant = node.input(1).constant();
    if (constant.isPresent() && constant.get().elements() == 1) {
      double exponent = constant.get().doubleAt(0);
      return pass -> pass.set(y, pass.get(x).pow(new Scalar(exponent)));
    }
    int exponent = slots.input(node, 1);
    return pass -> pass.set(y, pass.get(x).pow(pass.get(exponent)));
  }

  private static Operation where(Node node, Slots slots) {
    if (node.input(0).constant().isPresent()) {
      int condition = slots.input(node, 0);
      int yes = slots.input(node, 1);
      int no = slots.input(node, 2);
      int y = slots.output(node);
      return pass ->
          pass.set(
              y, torch.where(pass.get(condition).ne(Constants.ZERO), pass.get(yes), pass.get(no)));
    }
    Value operand =
        switch (SignPattern.of(node)) {
          case Match.Found<Value>(Value found) -> found;
          case Match.Refused<Value>(String reason) ->
              throw new UnsupportedOperatorException(
                  node,
                  "only the sign Where(GreaterOrEqual(x, 0), 1, -1) and a constant condition have a gradient; "
                      + reason);
          case Match.Absent<Value>() -> throw new AssertionError(node.describe());
        };
    int x = slots.of(operand);
    int y = slots.output(node);
    return pass -> pass.set(y, StraightThrough.signOfActivation(pass.get(x)));
  }
}
