// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.program.NativeFloats;
import dev.quench.compress.train.program.Program;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// One training run. All random numbers derive from the seed and the number of the epoch or step,
/// so a run can resume after any epoch.
public final class Run {
  private static final long SPLIT = 1;
  private static final long ORDER = 2;
  private static final long STEP = 3;
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private final Program program;
  private final OptimizerState optimizer;
  private final Samples samples;
  private final String dataDigest;
  private final TrainingOptions options;
  private final int[] training;
  private final int[] validation;
  private final int batchSize;
  private final int stepsPerEpoch;
  private final List<EpochReport> epochs = new ArrayList<>();

  public Run(
      Program program,
      OptimizerState optimizer,
      Samples samples,
      String dataDigest,
      TrainingOptions options) {
    this.program = program;
    this.optimizer = optimizer;
    this.samples = samples;
    this.dataDigest = dataDigest;
    this.options = options;
    if (options.validation() >= samples.size()) {
      throw new TrainingException(
          "got %d samples to hold back for validation, expected fewer than the %d in total"
              .formatted(options.validation(), samples.size()));
    }
    int[] order = shuffle(identity(samples.size()), random(SPLIT, 0));
    this.validation = Arrays.copyOf(order, options.validation());
    this.training = Arrays.copyOfRange(order, options.validation(), order.length);
    Arrays.sort(training);
    this.batchSize = Math.min(options.batchSize(), training.length);
    this.stepsPerEpoch = training.length / batchSize;
  }

  /// Reports of the finished epochs; a live view.
  public List<EpochReport> epochs() {
    return epochs;
  }

  /// Trains the remaining epochs. Each epoch skips the samples after its last full batch.
  public void execute(TrainingListener listener) {
    try (BatchBuffer buffer = new BatchBuffer(samples, batchSize)) {
      while (epochs.size() < options.epochs()) {
        epochs.add(epoch(epochs.size(), buffer, listener));
        listener.epoch(epochs.getLast(), this::checkpoint);
      }
    }
  }

  private EpochReport epoch(int epoch, BatchBuffer buffer, TrainingListener listener) {
    long start = System.nanoTime();
    int[] order = shuffle(training.clone(), random(ORDER, epoch));
    double lossSum = 0;
    long right = 0;
    long steps = (long) stepsPerEpoch * options.epochs();
    var progress = listener.progress();
    progress.begin("epoch %d/%d".formatted(epoch + 1, options.epochs()), stepsPerEpoch);
    try {
      for (int i = 0; i < stepsPerEpoch; i++) {
        long step = (long) epoch * stepsPerEpoch + i;
        SplittableRandom random = random(STEP, step);
        torch.manual_seed(random.nextLong());
        buffer.fill(order, i * batchSize, batchSize, options.augmentation(), random);
        Outcome outcome = step(buffer, step, steps);
        lossSum += outcome.loss();
        right += outcome.right();
        listener.step(step + 1, steps, outcome.loss());
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    OptionalDouble held =
        validation.length == 0
            ? OptionalDouble.empty()
            : OptionalDouble.of(
                Evaluator.evaluate(program, samples, validation, options.loss()).accuracy());
    return new EpochReport(
        epoch + 1,
        lossSum / stepsPerEpoch,
        (double) right / ((long) stepsPerEpoch * batchSize),
        held,
        (System.nanoTime() - start) / 1e9);
  }

  private record Outcome(double loss, long right) {}

  private Outcome step(BatchBuffer buffer, long step, long steps) {
    double learningRate =
        options.optimizer().learningRate() * options.schedule().factor(step, steps);
    try (PointerScope _ = new PointerScope()) {
      program.parameters().gradients().zero_();
      Tensor labels = buffer.labels(batchSize);
      Tensor outputs =
          program.run(buffer.values(batchSize), true, options.compute()).reshape(batchSize, -1);
      Tensor loss = options.loss().of(outputs, labels);
      double value = loss.item_float();
      if (!Double.isFinite(value)) {
        throw new TrainingException(
            "the loss is %s at step %d of %d, learning rate %s: training diverges; lower the learning rate"
                .formatted(value, step + 1, steps, (float) learningRate));
      }
      loss.backward();
      optimizer.step(learningRate, step);
      long right = outputs.detach().argmax(new LongOptional(1), false).eq(labels).sum().item_long();
      return new Outcome(value, right);
    }
  }

  private Checkpoint checkpoint() {
    return new Checkpoint(
        network(),
        dataDigest,
        options.fingerprint(),
        epochs,
        vectors().stream()
            .map(tensor -> NativeFloats.memory(tensor).toArray(ValueLayout.JAVA_FLOAT))
            .toList());
  }

  /// Restores the state of a run with the same network, data and options.
  public void restore(Checkpoint checkpoint) {
    checkpoint.requireRun(network(), dataDigest, options.fingerprint());
    List<Tensor> targets = vectors();
    if (checkpoint.vectors().size() != targets.size()) {
      throw Checkpoint.damaged();
    }
    for (int i = 0; i < targets.size(); i++) {
      float[] vector = checkpoint.vectors().get(i);
      MemorySegment memory = NativeFloats.memory(targets.get(i));
      if (memory.byteSize() != 4L * vector.length) {
        throw Checkpoint.damaged();
      }
      MemorySegment.copy(vector, 0, memory, ValueLayout.JAVA_FLOAT, 0, vector.length);
    }
    epochs.addAll(checkpoint.epochs());
  }

  private List<Tensor> vectors() {
    List<Tensor> vectors = new ArrayList<>();
    vectors.add(program.parameters().values());
    vectors.add(program.parameters().statistics());
    vectors.addAll(optimizer.moments());
    return vectors;
  }

  /// Names, roles and shapes of all parameters.
  private String network() {
    return program.parameters().all().stream()
        .map(parameter ->
            "%s %s %s"
                .formatted(
                    parameter.value().name(),
                    parameter.role(),
                    parameter.value().initializer().orElseThrow().shape()))
        .collect(Collectors.joining(", "));
  }

  private SplittableRandom random(long purpose, long index) {
    return new SplittableRandom((options.seed() * MIX + purpose) * MIX + index);
  }

  private static int[] identity(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    return order;
  }

  private static int[] shuffle(int[] order, SplittableRandom random) {
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    return order;
  }
}
