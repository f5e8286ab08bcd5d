// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Constants;
import dev.quench.compress.train.libtorch.Types;
import dev.quench.compress.train.program.OperationTable.NodeCompiler;
import dev.quench.graph.Node;
import dev.quench.graph.UnsupportedOperatorException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Normalizations without running statistics, and reductions; all in FP32.
final class NormalizationOperations {
  private static final long PER_CHANNEL_OPSET = 21;

  @FunctionalInterface
  private interface Reduction {
    Tensor apply(Tensor x, long[] axes, boolean keep);
  }

  private NormalizationOperations() {}

  static void register(Map<String, NodeCompiler> table) {
    table.put("LayerNormalization", NormalizationOperations::layer);
    table.put("InstanceNormalization", NormalizationOperations::instance);
    table.put("GroupNormalization", NormalizationOperations::group);
    table.put("LRN", NormalizationOperations::localResponse);
    table.put("LpNormalization", NormalizationOperations::lp);
    table.put("ReduceMean", reduction((x, axes, keep) -> x.mean(axes, keep, Types.KEEP)));
    table.put("ReduceSum", reduction((x, axes, keep) -> x.sum(axes, keep, Types.KEEP)));
    table.put("ReduceMax", reduction(Tensor::amax));
    table.put("ReduceMin", reduction(Tensor::amin));
    table.put("ReduceL1", reduction((x, axes, keep) -> torch.abs(x).sum(axes, keep, Types.KEEP)));
    table.put(
        "ReduceL2",
        reduction(
            (x, axes, keep) -> torch.linalg_vector_norm(x, Constants.TWO, axes, keep, Types.KEEP)));
    table.put(
        "ReduceSumSquare",
        reduction((x, axes, keep) -> torch.square(x).sum(axes, keep, Types.KEEP)));
    table.put("ReduceLogSumExp", reduction(torch::logsumexp));
  }

  private static NodeCompiler reduction(Reduction function) {
    return (node, slots) -> {
      boolean keep = node.intAttribute("keepdims", 1) != 0;
      boolean identity = node.intAttribute("noop_with_empty_axes", 0) != 0;
      Optional<long[]> axes =
          LayoutOperations.constants(node, 1)
              .or(() -> node.intsAttribute("axes"))
              .filter(given -> given.length > 0);
      if (axes.isEmpty() && node.input(1).isPresent() && node.input(1).constant().isEmpty()) {
        throw new UnsupportedOperatorException(node, "its axes are computed, expected constants");
      }
      int x = slots.input(node, 0);
      int y = slots.output(node);
      return pass -> {
        Tensor input = pass.single(x);
        if (axes.isEmpty() && identity) {
          pass.set(y, torch.alias(input));
          return;
        }
        long[] reduced = axes.orElseGet(() -> LongStream.range(0, input.dim()).toArray());
        pass.set(y, function.apply(input, reduced, keep));
      };
    };
  }

  private static Operation layer(Node node, Slots slots) {
    if (node.outputs().stream().skip(1).anyMatch(each -> each.isPresent() && !each.isUnused())) {
      throw new UnsupportedOperatorException(
          node, "the trainer supports only its first output, not its mean and deviation");
    }
    long axis = node.intAttribute("axis", -1);
    double epsilon = node.floatAttribute("epsilon", 1e-5f);
    int x = slots.input(node, 0);
    int scale = slots.input(node, 1);
    int shift = LayerOperations.optional(node, 2, slots);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.single(x);
      int first = Math.toIntExact(axis < 0 ? axis + input.dim() : axis);
      long[] sizes = LayerOperations.sizesFrom(input, first);
      pass.set(
          y,
          torch.layer_norm(
              input,
              sizes,
              new TensorOptional(pass.get(scale).reshape(sizes)),
              shift < 0 ? new TensorOptional() : new TensorOptional(pass.get(shift).reshape(sizes)),
              epsilon,
              false));
    };
  }

  private static Operation instance(Node node, Slots slots) {
    double epsilon = node.floatAttribute("epsilon", 1e-5f);
    int x = slots.input(node, 0);
    int scale = slots.input(node, 1);
    int shift = slots.input(node, 2);
    int y = slots.output(node);
    return pass ->
        pass.set(
            y,
            torch.instance_norm(
                pass.single(x),
                new TensorOptional(pass.get(scale)),
                new TensorOptional(pass.get(shift)),
                new TensorOptional(),
                new TensorOptional(),
                true,
                0,
                epsilon,
                false));
  }

  /// Up to opset 20, scale and shift belong to groups, then to channels.
  private static Operation group(Node node, Slots slots) {
    double epsilon = node.floatAttribute("epsilon", 1e-5f);
    long groups = node.intAttribute("num_groups", 1);
    boolean perChannel = node.opset() >= PER_CHANNEL_OPSET;
    int x = slots.input(node, 0);
    int scale = slots.input(node, 1);
    int shift = slots.input(node, 2);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.single(x);
      long repeats = perChannel ? 1 : input.size(1) / groups;
      pass.set(
          y,
          torch.group_norm(
              input,
              groups,
              new TensorOptional(repeated(pass.get(scale), repeats)),
              new TensorOptional(repeated(pass.get(shift), repeats)),
              epsilon,
              false));
    };
  }

  private static Tensor repeated(Tensor vector, long times) {
    return times == 1 ? vector : vector.unsqueeze(1).expand(vector.size(0), times).reshape(-1);
  }

  /// Divides by (bias + alpha · mean of the squares of `size` neighbouring channels)^beta, where
  /// channels outside count as 0.
  private static Operation localResponse(Node node, Slots slots) {
    long size = node.intAttribute("size", 1);
    double alpha = node.floatAttribute("alpha", 1e-4f);
    double beta = node.floatAttribute("beta", 0.75f);
    double bias = node.floatAttribute("bias", 1);
    int x = slots.input(node, 0);
    int y = slots.output(node);
    Padding channels = new Padding(new long[] {(size - 1) / 2, 0, 0}, new long[] {size / 2, 0, 0});
    long[] window = {size, 1, 1};
    long[] strides = {1, 1, 1};
    long[] none = {0, 0, 0};
    return pass -> {
      Tensor input = pass.single(x);
      Tensor squares = channels.apply(torch.square(input).unsqueeze(1), Constants.ZERO);
      Tensor mean =
          torch
              .avg_pool3d(squares, window, strides, none, false, true, new LongOptional())
              .squeeze(1);
      Tensor divisor = mean.mul(new Scalar(alpha)).add(new Scalar(bias)).pow(new Scalar(beta));
      pass.set(y, input.div(divisor));
    };
  }

  private static Operation lp(Node node, Slots slots) {
    long axis = node.intAttribute("axis", -1);
    Scalar order = new Scalar((double) node.intAttribute("p", 2)).<Scalar>retainReference();
    int x = slots.input(node, 0);
    int y = slots.output(node);
    return pass -> {
      Tensor input = pass.single(x);
      Tensor norm = torch.linalg_vector_norm(input, order, new long[] {axis}, true, Types.KEEP);
      // A vector of zeros stays one, as in ONNX Runtime.
      pass.set(y, input.div(norm.masked_fill(norm.eq(Constants.ZERO), Constants.ONE)));
    };
  }
}
