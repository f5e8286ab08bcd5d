// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.OnnxRuntimeSums;
import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SlidingWindow;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Layers with parameters: convolution, matrix product, batch normalization.
final class LayerOperations {
  private LayerOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("Conv", LayerOperations::convolution);
    table.put("ConvTranspose", LayerOperations::transposedConvolution);
    table.put("Gemm", LayerOperations::gemm);
    table.put("MatMul", LayerOperations::matMul);
    table.put("BatchNormalization", LayerOperations::batchNormalization);
  }

  private static Operation convolution(Node node, Slots slots) {
    SlidingWindow window = SlidingWindow.of(node, kernel(node));
    Convolution layer = new Convolution(window, node.intAttribute("group", 1));
    int x = slots.input(node, 0);
    int weights = slots.input(node, 1);
    int bias = optional(node, 2, slots);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.operand(x);
      Tensor kernel = pass.operand(weights);
      pass.set(y, layer.of(pass, input, kernel, bias < 0 ? null : pass.operand(bias)));
    };
  }

  /// Computes the whole output without padding, then crops and extends it, then adds the bias: one
  /// way for all forms of padding.
  private static Operation transposedConvolution(Node node, Slots slots) {
    SlidingWindow window = SlidingWindow.of(node, kernel(node));
    Convolution layer = new Convolution(window, node.intAttribute("group", 1));
    TransposedPadding padding = TransposedPadding.of(node, window);
    int x = slots.input(node, 0);
    int weights = slots.input(node, 1);
    int bias = optional(node, 2, slots);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.operand(x);
      Tensor whole = layer.transposed(input, pass.operand(weights));
      Tensor result = padding.of(input).apply(whole, Constants.ZERO);
      if (bias >= 0) {
        long[] alongChannels = ones(Math.toIntExact(result.dim()));
        alongChannels[1] = -1;
        result = result.add(pass.operand(bias).view(alongChannels));
      }
      pass.set(y, result);
    };
  }

  private static long[] kernel(Node node) {
    return node.input(1)
        .shape()
        .filter(shape -> shape.rank() > 2 && shape.isStatic())
        .map(shape -> IntStream.range(2, shape.rank()).mapToLong(shape::size).toArray())
        .orElseThrow(() ->
            new UnsupportedOperatorException(
                node, "the shape of its weights is unknown; make the weights an initializer"));
  }

  private static Operation gemm(Node node, Slots slots) {
    boolean transposeA = node.intAttribute("transA", 0) != 0;
    boolean transposeB = node.intAttribute("transB", 0) != 0;
    float alpha = node.floatAttribute("alpha", 1);
    float beta = node.floatAttribute("beta", 1);
    int a = slots.input(node, 0);
    int b = slots.input(node, 1);
    int c = optional(node, 2, slots);
    int y = slots.output(node);
    boolean plain = alpha == 1 && (c < 0 || (beta == 1 && isVector(node.input(2))));
    boolean constant = isConstantInFile(node.input(1));
    return pass -> {
      Tensor left = transposeA ? pass.operand(a).t() : pass.operand(a);
      Tensor right = transposeB ? pass.operand(b) : pass.operand(b).t();
      if (plain && constant && pass.followsOnnxRuntime(left)) {
        Tensor bias = c < 0 ? null : pass.operand(c);
        pass.set(y, OnnxRuntimeSums.product(left, right.t(), bias));
        return;
      }
      if (plain) {
        pass.set(y, torch.linear(left, right, operandOrNone(pass, c)));
        return;
      }
      Tensor product = torch.linear(left, right, new TensorOptional());
      if (alpha != 1) {
        product = product.mul(new Scalar(alpha));
      }
      if (c >= 0) {
        product = product.add(pass.operand(c), new Scalar(beta));
      }
      pass.set(y, product);
    };
  }

  /// Whether ONNX Runtime sees a constant: 1-bit and ternary weights become constants on export;
  /// those of more bits are integers behind DequantizeLinear, computed in each run.
  private static boolean isConstantInFile(Value weights) {
    return weights
        .producer()
        .filter(node -> node.is("DequantizeLinear") || QuantizationNodes.is(node))
        .isEmpty();
  }

  private static boolean isVector(Value value) {
    return value.shape().filter(shape -> shape.rank() == 1).isPresent();
  }

  private static Operation matMul(Node node, Slots slots) {
    int a = slots.input(node, 0);
    int b = slots.input(node, 1);
    int y = slots.output(node);
    boolean constant = isConstantInFile(node.input(1));
    return pass -> {
      Tensor left = pass.operand(a);
      Tensor right = pass.operand(b);
      boolean ordered =
          constant && left.dim() == 2 && right.dim() == 2 && pass.followsOnnxRuntime(left);
      pass.set(y, ordered ? OnnxRuntimeSums.product(left, right, null) : torch.matmul(left, right));
    };
  }

  private static Operation batchNormalization(Node node, Slots slots) {
    if (node.intAttribute("training_mode", 0) != 0) {
      throw new UnsupportedOperatorException(
          node,
          "it normalizes by each batch, also in evaluation (training_mode = 1); export the model for inference");
    }
    double epsilon = node.floatAttribute("epsilon", 1e-5f);
    double momentum = 1.0 - node.floatAttribute("momentum", 0.9f);
    int x = slots.input(node, 0);
    int scale = slots.input(node, 1);
    int shift = slots.input(node, 2);
    int mean = slots.input(node, 3);
    int variance = slots.input(node, 4);
    int y = slots.output(node);
    boolean frozen = !slots.isTrained(node.input(3)) || !slots.isTrained(node.input(4));
    return pass -> {
      Tensor input = pass.get(x);
      if (pass.isTraining()) {
        if (input.numel() == input.size(1)) {
          throw new IllegalArgumentException(
              "a batch with one value per channel has no variance; use larger batches");
        }
        pass.set(
            y,
            torch.batch_norm(
                input,
                new TensorOptional(pass.get(scale)),
                new TensorOptional(pass.get(shift)),
                new TensorOptional(pass.get(mean)),
                new TensorOptional(pass.get(variance)),
                !frozen,
                momentum,
                epsilon,
                false));
        return;
      }
      // In the order of ONNX Runtime, so that signs after it agree exactly.
      Tensor factor =
          torch.reciprocal(pass.get(variance).add(new Scalar(epsilon)).sqrt()).mul(pass.get(scale));
      Tensor offset = pass.get(shift).sub(pass.get(mean).mul(factor));
      long[] alongChannels = new long[Math.toIntExact(input.dim())];
      Arrays.fill(alongChannels, 1);
      alongChannels[1] = -1;
      pass.set(y, input.mul(factor.view(alongChannels)).add_(offset.view(alongChannels)));
    };
  }

  static int optional(Node node, int index, Slots slots) {
    return node.input(index).isPresent() ? slots.input(node, index) : -1;
  }

  private static TensorOptional operandOrNone(ForwardPass pass, int slot) {
    return slot < 0 ? new TensorOptional() : new TensorOptional(pass.operand(slot));
  }

  static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  static long[] sizesFrom(Tensor tensor, int first) {
    long[] sizes = new long[Math.toIntExact(tensor.dim()) - first];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = tensor.size(first + (long) i);
    }
    return sizes;
  }
}
