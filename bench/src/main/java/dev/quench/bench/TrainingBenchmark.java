// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.train.update.Regularization;
import dev.quench.compress.train.update.SparsityMethod;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Time to train on an image: an epoch of NIN by the trainer, from the model to the trained model,
/// beside [HandWrittenTraining]; one thread. Its channels fill whole blocks of oneDNN, which
/// computes others wrong: there the trainer does more than a loop by hand.
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 4)
@Fork(value = 2, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class TrainingBenchmark {
  private static final int IMAGES = 640;
  private static final int BATCH = 128;

  @Param TrainedForm form;

  private Dataset data;
  private Model network;
  private TrainingOptions options;
  private HandWrittenTraining byHand;

  @Setup
  public void prepare() {
    SplittableRandom random = new SplittableRandom(1);
    float[] pixels = new float[IMAGES * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    long[] labels = random.longs(IMAGES, 0, 10).toArray();
    data =
        TensorDataset.of(
            "noise",
            Map.of("image", Tensor.ofFloats(Shape.of(IMAGES, 1, 28, 28), pixels)),
            new Labels.Classes(Arrays.stream(labels).mapToInt(Math::toIntExact).boxed().toList()));
    network = Architecture.NIN.build(NetworkOptions.MNIST);
    if (form.isQuantized()) {
      QuantizedTraining.prepare(
          network,
          TrainingScheme.iao(8, 8)
              .withNormalization(
                  form == TrainedForm.INT8_FUSED ? Normalization.FUSED : Normalization.SEPARATE));
    }
    options =
        TrainingOptions.FLOAT
            .withEpochs(1)
            .withBatchSize(BATCH)
            .withCompute(form.compute())
            .withThreads(1)
            .withAugmentation(Augmentation.NONE);
    if (form == TrainedForm.SPARSE) {
      options =
          options.withRegularization(Regularization.NONE.withSparsity(1e-4, SparsityMethod.L1));
    }
    torch.set_num_threads(1);
    byHand = new HandWrittenTraining(pixels, labels, form);
  }

  @Benchmark
  @OperationsPerInvocation(IMAGES)
  public TrainingResult trainer() throws IOException {
    return new Trainer(options, TrainingListener.NONE).train(network, data);
  }

  @Benchmark
  @OperationsPerInvocation(IMAGES)
  public void byHand() {
    byHand.epoch(BATCH);
  }
}
