// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.compress.train.libtorch.Compute;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// NIN of half width as somebody would train it who writes each call of libtorch by hand: SGD with
/// momentum, images with the channels last, nothing between the calls.
final class HandWrittenTraining {
  private static final int[] WIDTHS = {96, 80, 48, 96, 96, 96, 96, 96, 10};
  private static final int[] KERNELS = {5, 1, 1, 3, 1, 1, 3, 1, 1};
  private static final long PIXELS = 28 * 28;
  private static final long[] ONE = {1, 1};

  private final List<Tensor> parameters = new ArrayList<>();
  private final List<Tensor> velocities = new ArrayList<>();
  private final List<Tensor> statistics = new ArrayList<>();
  private final Tensor images;
  private final Tensor labels;
  private final Compute compute;

  HandWrittenTraining(float[] images, long[] labels, Compute compute) {
    this.compute = compute;
    this.images = torch.tensor(images).view(labels.length, PIXELS);
    this.labels = torch.tensor(labels);
    int inputs = 1;
    for (int i = 0; i < WIDTHS.length; i++) {
      int taps = KERNELS[i] * KERNELS[i];
      parameter(
          torch
              .randn(WIDTHS[i], inputs, KERNELS[i], KERNELS[i])
              .mul(new Scalar(Math.sqrt(2.0 / (inputs * taps)))));
      if (i < WIDTHS.length - 1) {
        parameter(torch.ones(WIDTHS[i]));
        statistics.add(torch.zeros(WIDTHS[i]));
        statistics.add(torch.ones(WIDTHS[i]));
      }
      parameter(torch.zeros(WIDTHS[i]));
      inputs = WIDTHS[i];
    }
  }

  private void parameter(Tensor tensor) {
    parameters.add(tensor.set_requires_grad(true));
    velocities.add(torch.zeros_like(tensor.detach()));
  }

  /// One pass over all images.
  void epoch(int batch) {
    Tensor order =
        torch.randperm(labels.size(0), new TensorOptions(ScalarType.Long)); // as a loader would
    for (long from = 0; from < labels.size(0); from += batch) {
      try (PointerScope _ = new PointerScope()) {
        Tensor chosen = order.narrow(0, from, batch);
        step(batch(chosen), labels.index_select(0, chosen));
      }
    }
  }

  /// With strides that say that the one channel comes last, which libtorch keeps up from layer to
  /// layer.
  private Tensor batch(Tensor chosen) {
    long[] shape = {chosen.size(0), 1, 28, 28};
    return images.index_select(0, chosen).as_strided(shape, PIXELS, 1, 28, 1);
  }

  private void step(Tensor inputs, Tensor expected) {
    Tensor outputs = forward(inputs);
    Tensor loss = torch.cross_entropy_loss(outputs, expected);
    loss.item_float();
    loss.backward();
    try (NoGradGuard _ = new NoGradGuard()) {
      for (int i = 0; i < parameters.size(); i++) {
        Tensor parameter = parameters.get(i);
        Tensor gradient = parameter.grad();
        velocities.get(i).mul_(new Scalar(0.9)).add_(gradient);
        velocities.get(i).add_(parameter, new Scalar(5e-4));
        parameter.add_(velocities.get(i), new Scalar(-0.01));
        gradient.zero_();
      }
    }
    outputs.detach().argmax(new LongOptional(1), false).eq(expected).sum().item_long();
  }

  private Tensor forward(Tensor inputs) {
    Tensor x = lowered(inputs);
    int next = 0;
    int statistic = 0;
    for (int i = 0; i < WIDTHS.length; i++) {
      long[] pads = {KERNELS[i] / 2, KERNELS[i] / 2};
      Tensor weights = lowered(parameters.get(next++));
      boolean last = i == WIDTHS.length - 1;
      TensorOptional bias =
          last ? new TensorOptional(lowered(parameters.get(next++))) : new TensorOptional();
      x = torch.conv2d(x, weights, bias, ONE, pads, ONE, 1);
      if (last) {
        break;
      }
      if (i == 2 || i == 5) {
        x = torch.max_pool2d(x, new long[] {3, 3}, new long[] {2, 2}, ONE, ONE, false);
      }
      x =
          torch.relu(
              torch.batch_norm(
                  x,
                  new TensorOptional(parameters.get(next++)),
                  new TensorOptional(parameters.get(next++)),
                  new TensorOptional(statistics.get(statistic++)),
                  new TensorOptional(statistics.get(statistic++)),
                  true,
                  0.1,
                  1e-5,
                  false));
    }
    return x.mean(new long[] {2, 3}).to(ScalarType.Float);
  }

  private Tensor lowered(Tensor tensor) {
    return compute == Compute.BF16 ? tensor.to(ScalarType.BFloat16) : tensor;
  }
}
