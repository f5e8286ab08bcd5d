// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Elementwise operators of one operand, and softmax.
final class ActivationOperations {
  private static final long AXIS_ALONE_OPSET = 13;

  private ActivationOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("Relu", unary(torch::relu));
    table.put("Sigmoid", unary(torch::sigmoid));
    table.put("Tanh", unary(torch::tanh));
    table.put("Exp", unary(torch::exp));
    table.put("Log", unary(torch::log));
    table.put("Sqrt", unary(Tensor::sqrt));
    table.put("Abs", unary(torch::abs));
    table.put("Neg", unary(Tensor::neg));
    table.put("Reciprocal", unary(torch::reciprocal));
    table.put("Softplus", unary(torch::softplus));
    table.put("HardSwish", unary(torch::hardswish));
    table.put("Sign", unary(StraightThrough::threeValuedSign));
    table.put("Erf", unary(torch::erf));
    table.put("Mish", unary(torch::mish));
    table.put("Softsign", unary(torch::softsign));
    table.put("Identity", unary(torch::alias));
    table.put("PRelu", ActivationOperations::parametricRelu);
    table.put("LeakyRelu", ActivationOperations::leakyRelu);
    table.put("Elu", ActivationOperations::elu);
    table.put("Selu", ActivationOperations::selu);
    table.put("Celu", ActivationOperations::celu);
    table.put("ThresholdedRelu", ActivationOperations::thresholdedRelu);
    table.put("Gelu", ActivationOperations::gelu);
    table.put("Swish", ActivationOperations::swish);
    table.put("HardSigmoid", ActivationOperations::hardSigmoid);
    table.put("Clip", ActivationOperations::clip);
    table.put("Dropout", ActivationOperations::dropout);
    table.put("Softmax", (node, slots) -> softmax(node, slots, false));
    table.put("LogSoftmax", (node, slots) -> softmax(node, slots, true));
  }

  private static NodeCompiler unary(UnaryOperator<Tensor> function) {
    return (node, slots) -> unary(node, slots, function);
  }

  private static Operation unary(Node node, Slots slots, UnaryOperator<Tensor> function) {
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> pass.set(y, function.apply(pass.get(x)));
  }

  /// Computes max(x, 0) + slope · min(x, 0) and broadcasts the slope as ONNX does.
  private static Operation parametricRelu(Node node, Slots slots) {
    int x = slots.input(node, 0);
    int slope = slots.input(node, 1);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.get(x);
      Tensor negative = input.neg();
      pass.set(y, torch.relu(input).sub(torch.relu(negative).mul(pass.get(slope))));
    };
  }

  private static Operation leakyRelu(Node node, Slots slots) {
    double slope = node.floatAttribute("alpha", 0.01f);
    return unary(node, slots, x -> torch.leaky_relu(x, new Scalar(slope)));
  }

  private static Operation elu(Node node, Slots slots) {
    double alpha = node.floatAttribute("alpha", 1);
    return unary(node, slots, x -> torch.elu(x, new Scalar(alpha), Constants.ONE, Constants.ONE));
  }

  private static Operation selu(Node node, Slots slots) {
    double alpha = node.floatAttribute("alpha", 1.6732632f);
    double gamma = node.floatAttribute("gamma", 1.050701f);
    return unary(
        node, slots, x -> torch.elu(x, new Scalar(alpha), new Scalar(gamma), Constants.ONE));
  }

  private static Operation celu(Node node, Slots slots) {
    double alpha = node.floatAttribute("alpha", 1);
    return unary(node, slots, x -> torch.celu(x, new Scalar(alpha)));
  }

  private static Operation thresholdedRelu(Node node, Slots slots) {
    double alpha = node.floatAttribute("alpha", 1);
    return unary(node, slots, x -> torch.threshold(x, new Scalar(alpha), Constants.ZERO));
  }

  private static Operation gelu(Node node, Slots slots) {
    String approximation = node.textAttribute("approximate", "none");
    return unary(node, slots, x -> torch.gelu(x, approximation));
  }

  /// x · sigmoid(alpha · x)
  private static Operation swish(Node node, Slots slots) {
    double alpha = node.floatAttribute("alpha", 1);
    return unary(node, slots, x -> x.mul(torch.sigmoid(x.mul(new Scalar(alpha)))));
  }

  private static Operation hardSigmoid(Node node, Slots slots) {
    double alpha = node.floatAttribute("alpha", 0.2f);
    double beta = node.floatAttribute("beta", 0.5f);
    return unary(
        node,
        slots,
        x ->
            torch.hardtanh(
                x.mul(new Scalar(alpha)).add(new Scalar(beta)), Constants.ZERO, Constants.ONE));
  }

  private static Operation clip(Node node, Slots slots) {
    OptionalDouble low = bound(node, 1, "min");
    OptionalDouble high = bound(node, 2, "max");
    if (low.isEmpty() && high.isEmpty()) {
      return unary(node, slots, torch::alias);
    }
    if (low.isPresent() && high.isPresent()) {
      return unary(
          node,
          slots,
          x -> torch.hardtanh(x, new Scalar(low.getAsDouble()), new Scalar(high.getAsDouble())));
    }
    return unary(node, slots, x -> torch.clamp(x, optional(low), optional(high)));
  }

  private static OptionalDouble bound(Node node, int index, String attribute) {
    Value input = node.input(index);
    if (input.isPresent()) {
      return OptionalDouble.of(
          input
              .constant()
              .orElseThrow(() ->
                  new UnsupportedOperatorException(
                      node, "its bounds are computed, expected constants"))
              .doubleAt(0));
    }
    return node.attribute(attribute).isPresent()
        ? OptionalDouble.of(node.floatAttribute(attribute, 0))
        : OptionalDouble.empty();
  }

  private static ScalarOptional optional(OptionalDouble value) {
    return value.isPresent()
        ? new ScalarOptional(new Scalar(value.getAsDouble()))
        : new ScalarOptional();
  }

  private static Operation dropout(Node node, Slots slots) {
    double ratio =
        node.input(1)
            .constant()
            .map(tensor -> tensor.doubleAt(0))
            .orElse((double) node.floatAttribute("ratio", 0.5f));
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass ->
        pass.set(
            y,
            pass.isTraining() ? torch.dropout(pass.get(x), ratio, true) : torch.alias(pass.get(x)));
  }

  private static Operation softmax(Node node, Slots slots, boolean logarithm) {
    boolean axisAlone = node.opset() >= AXIS_ALONE_OPSET;
    long axis = node.intAttribute("axis", axisAlone ? -1 : 1);
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.single(x);
      if (axisAlone) {
        pass.set(y, normalize(input, axis, logarithm));
        return;
      }
      // Up to opset 12, all axes from this one on are normalized together.
      Tensor rows = LayoutOperations.asMatrix(input, axis);
      pass.set(y, normalize(rows, 1, logarithm).view(LayerOperations.sizesFrom(input, 0)));
    };
  }

  private static Tensor normalize(Tensor x, long axis, boolean logarithm) {
    return logarithm ? torch.log_softmax(x, axis) : torch.softmax(x, axis);
  }
}
