// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// NIN as somebody would train it who writes each call of libtorch by hand: SGD with momentum,
/// images with the channels last, nothing between the calls; with quantizers libtorch's fake
/// quantization.
final class HandWrittenTraining {
  private static final int[] WIDTHS = {192, 160, 96, 192, 192, 192, 192, 192, 10};
  private static final int[] KERNELS = {5, 1, 1, 3, 1, 1, 3, 1, 1};
  private static final long PIXELS = 28 * 28;
  private static final long[] ONE = {1, 1};
  private static final long[] BUT_CHANNELS = {0, 2, 3};
  private static final int PER_LAYER = 3;
  private static final int SCALE = 1;
  private static final double MOMENTUM = 0.1;
  private static final double EPSILON = 1e-5;
  private static final double SPARSITY = 1e-4;

  private final List<Tensor> parameters = new ArrayList<>();
  private final List<Tensor> velocities = new ArrayList<>();
  private final List<Tensor> statistics = new ArrayList<>();
  private final Tensor images;
  private final Tensor labels;
  private final TrainedForm form;
  private final float[] largest = new float[WIDTHS.length];

  HandWrittenTraining(float[] images, long[] labels, TrainedForm form) {
    this.form = form;
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
        if (form == TrainedForm.SPARSE && i % PER_LAYER == SCALE) {
          gradient.add_(parameter.sign(), new Scalar(SPARSITY));
        }
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
    for (int i = 0; i < WIDTHS.length - 1; i++) {
      x = torch.relu(i == 2 || i == 5 ? pooled(x, i) : normalized(x, i));
    }
    int last = WIDTHS.length - 1;
    Tensor bias = lowered(parameters.getLast());
    x = convolution(input(x, last), weights(kernel(last)), new TensorOptional(bias), last);
    return x.mean(new long[] {2, 3}).to(ScalarType.Float);
  }

  private Tensor pooled(Tensor x, int layer) {
    Tensor sums = convolution(input(x, layer), weights(kernel(layer)), new TensorOptional(), layer);
    return normalization(
        torch.max_pool2d(sums, new long[] {3, 3}, new long[] {2, 2}, ONE, ONE, false), layer);
  }

  private Tensor normalized(Tensor x, int layer) {
    if (form == TrainedForm.INT8_FUSED) {
      return fused(x, layer);
    }
    return normalization(
        convolution(input(x, layer), weights(kernel(layer)), new TensorOptional(), layer), layer);
  }

  /// Convolves with the statistics of the float convolution folded into weights and bias.
  private Tensor fused(Tensor x, int layer) {
    Tensor kernel = kernel(layer);
    Tensor sums = convolution(x, kernel, new TensorOptional(), layer);
    Tensor mean = sums.mean(BUT_CHANNELS, false, new ScalarTypeOptional());
    Tensor variance = sums.var(BUT_CHANNELS, false, false);
    try (NoGradGuard _ = new NoGradGuard()) {
      follow(statistics.get(2 * layer), mean);
      follow(statistics.get(2 * layer + 1), variance);
    }
    Tensor factor = scale(layer).div(variance.add(new Scalar(EPSILON)).sqrt());
    Tensor bias = shift(layer).sub(mean.mul(factor));
    Tensor folded = kernel.mul(factor.view(-1, 1, 1, 1));
    return convolution(input(x, layer), weights(folded), new TensorOptional(bias), layer);
  }

  private static void follow(Tensor running, Tensor batch) {
    running.mul_(new Scalar(1 - MOMENTUM)).add_(batch.detach(), new Scalar(MOMENTUM));
  }

  private Tensor kernel(int layer) {
    return parameters.get(PER_LAYER * layer);
  }

  private Tensor scale(int layer) {
    return parameters.get(PER_LAYER * layer + SCALE);
  }

  private Tensor shift(int layer) {
    return parameters.get(PER_LAYER * layer + SCALE + 1);
  }

  private Tensor convolution(Tensor x, Tensor weights, TensorOptional bias, int layer) {
    long[] pads = {KERNELS[layer] / 2, KERNELS[layer] / 2};
    return torch.conv2d(x, weights, bias, ONE, pads, ONE, 1);
  }

  private Tensor normalization(Tensor x, int layer) {
    return torch.batch_norm(
        x,
        new TensorOptional(scale(layer)),
        new TensorOptional(shift(layer)),
        new TensorOptional(statistics.get(2 * layer)),
        new TensorOptional(statistics.get(2 * layer + 1)),
        true,
        MOMENTUM,
        EPSILON,
        false);
  }

  /// A layer's input, rounded to 8 bits where the form is quantized.
  private Tensor input(Tensor x, int layer) {
    if (!form.isQuantized()) {
      return x;
    }
    try (NoGradGuard _ = new NoGradGuard()) {
      T_TensorTensor_T range = torch.aminmax(x.detach());
      float now =
          Math.max(Math.abs(range.get0().item_float()), Math.abs(range.get1().item_float()));
      largest[layer] = largest[layer] == 0 ? now : (float) (0.9 * largest[layer] + MOMENTUM * now);
    }
    return torch.fake_quantize_per_tensor_affine(x, largest[layer] / 127.5, 0, -128, 127);
  }

  private Tensor weights(Tensor kernel) {
    if (!form.isQuantized()) {
      return lowered(kernel);
    }
    Tensor scales = kernel.detach().abs().amax(new long[] {1, 2, 3}, false).div(new Scalar(127.0));
    Tensor zeros = torch.zeros_like(scales).to(ScalarType.Int);
    return torch.fake_quantize_per_channel_affine(kernel, scales, zeros, 0, -127, 127);
  }

  private Tensor lowered(Tensor tensor) {
    return form == TrainedForm.BF16 ? tensor.to(ScalarType.BFloat16) : tensor;
  }
}
