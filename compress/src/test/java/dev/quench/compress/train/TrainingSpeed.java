// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.Dataset;
import dev.quench.data.Labels;
import dev.quench.data.TensorDataset;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Images per second of the trainer beside a loop written by hand against libtorch for the same
/// network, [Architecture#NIN] at half width, in turns in one process. Arguments: rounds, FP32 or
/// BF16, threads.
public final class TrainingSpeed {
  private static final int SAMPLES = 1280;
  private static final int BATCH = 128;
  private static final int[] WIDTHS = {96, 80, 48, 96, 96, 96, 96, 96, 10};
  private static final int[] KERNELS = {5, 1, 1, 3, 1, 1, 3, 1, 1};

  private TrainingSpeed() {}

  /// Prints one line a round, and the median of the ratios.
  public static void main(String[] arguments) throws IOException {
    int rounds = Integer.parseInt(arguments[0]);
    Compute compute = Compute.valueOf(arguments[1]);
    int threads = Integer.parseInt(arguments[2]);
    LibTorch.require();
    Dataset data = noise();
    TrainingOptions options =
        TrainingOptions.FLOAT
            .withEpochs(1)
            .withBatchSize(BATCH)
            .withCompute(compute)
            .withThreads(threads)
            .withAugmentation(Augmentation.SHIFT_FLIP);
    Samples samples = Samples.read(data, "image", 10);
    HandWritten byHand = new HandWritten(compute);
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round <= rounds; round++) {
      double trainer =
          new Trainer(options, TrainingListener.NONE)
              .train(Architecture.NIN.build(NetworkOptions.MNIST.withWidthMultiplier(0.5)), data)
              .epochs()
              .getFirst()
              .seconds();
      long start = System.nanoTime();
      byHand.epoch(samples);
      double hand = (System.nanoTime() - start) / 1e9;
      if (round > 0) {
        ratios.add(hand / trainer);
        System.out.printf(
            "trainer %.0f images/s, by hand %.0f images/s%n", SAMPLES / trainer, SAMPLES / hand);
      }
    }
    ratios.sort(null);
    System.out.printf("trainer / by hand, median: %.3f%n", ratios.get(ratios.size() / 2));
  }

  private static final class HandWritten {
    private final List<Tensor> parameters = new ArrayList<>();
    private final List<Tensor> velocities = new ArrayList<>();
    private final List<Tensor> statistics = new ArrayList<>();
    private final Compute compute;

    HandWritten(Compute compute) {
      this.compute = compute;
      int inputs = 1;
      for (int i = 0; i < WIDTHS.length; i++) {
        parameter(
            torch
                .randn(WIDTHS[i], inputs, KERNELS[i], KERNELS[i])
                .mul(new Scalar(Math.sqrt(2.0 / (inputs * KERNELS[i] * KERNELS[i])))));
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

    void epoch(Samples samples) {
      int[] order = new int[samples.size()];
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      SplittableRandom random = new SplittableRandom(1);
      try (BatchBuffer buffer = new BatchBuffer(samples, BATCH)) {
        for (int from = 0; from < SAMPLES; from += BATCH) {
          buffer.fill(order, from, BATCH, Augmentation.SHIFT_FLIP, random);
          try (PointerScope _ = new PointerScope()) {
            step(buffer);
          }
        }
      }
    }

    private void step(BatchBuffer buffer) {
      Tensor labels = buffer.labels(BATCH);
      Tensor outputs = forward(buffer.values(BATCH));
      Tensor loss = Loss.CROSS_ENTROPY.of(outputs, labels);
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
      outputs.detach().argmax(new LongOptional(1), false).eq(labels).sum().item_long();
    }

    private Tensor forward(Tensor images) {
      Tensor x = lowered(images);
      int next = 0;
      int statistic = 0;
      for (int i = 0; i < WIDTHS.length; i++) {
        long[] pads = {KERNELS[i] / 2, KERNELS[i] / 2};
        Tensor weights = lowered(parameters.get(next++));
        boolean last = i == WIDTHS.length - 1;
        TensorOptional bias =
            last ? new TensorOptional(lowered(parameters.get(next++))) : new TensorOptional();
        x = torch.conv2d(x, weights, bias, new long[] {1, 1}, pads, new long[] {1, 1}, 1);
        if (last) {
          break;
        }
        if (i == 2 || i == 5) {
          x =
              torch.max_pool2d(
                  x,
                  new long[] {3, 3},
                  new long[] {2, 2},
                  new long[] {1, 1},
                  new long[] {1, 1},
                  false);
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
      return x.mean(new long[] {2, 3}, false, Types.KEEP).to(ScalarType.Float);
    }

    private Tensor lowered(Tensor tensor) {
      return compute == Compute.BF16 ? tensor.to(ScalarType.BFloat16) : tensor;
    }
  }

  private static Dataset noise() {
    SplittableRandom random = new SplittableRandom(1);
    float[] pixels = new float[SAMPLES * 28 * 28];
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < SAMPLES; i++) {
      labels.add(random.nextInt(10));
    }
    return TensorDataset.of(
        "noise",
        Map.of("image", dev.quench.tensor.Tensor.ofFloats(Shape.of(SAMPLES, 1, 28, 28), pixels)),
        new Labels.Classes(labels));
  }
}
