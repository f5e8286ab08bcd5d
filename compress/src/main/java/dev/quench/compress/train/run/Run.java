// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.run.Validation.Keep;
import dev.quench.compress.train.update.UpdateRules;
import dev.quench.run.StoppedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
  private final UpdateRules rules;
  private final Samples samples;
  private final String dataDigest;
  private final String settings;
  private final TrainingOptions options;
  private final int[] training;
  private final int[] validation;
  private final int batchSize;
  private final int stepsPerEpoch;
  private final TrainingLoss loss;
  private final Optional<BestEpoch> best;
  private final List<EpochReport> epochs = new ArrayList<>();

  /// @param settings all that affects the result, in one line; checkpoints store it
  public Run(
      Program program,
      OptimizerState optimizer,
      UpdateRules rules,
      TrainingLoss loss,
      Samples samples,
      String dataDigest,
      String settings,
      TrainingOptions options) {
    this.program = program;
    this.optimizer = optimizer;
    this.rules = rules;
    this.loss = loss;
    this.settings = settings;
    this.samples = samples;
    this.dataDigest = dataDigest;
    this.options = options;
    int held = options.validation().samples();
    if (held >= samples.size()) {
      throw new TrainingException(
          "got %d samples to hold back for validation, expected fewer than the %d in total"
              .formatted(held, samples.size()));
    }
    int[] order = shuffle(identity(samples.size()), random(SPLIT, 0));
    this.validation = Arrays.copyOf(order, held);
    this.training = Arrays.copyOfRange(order, held, order.length);
    Arrays.sort(training);
    this.batchSize = Math.min(options.batchSize(), training.length);
    this.stepsPerEpoch = training.length / batchSize;
    this.best =
        options.validation().keep() == Keep.BEST
            ? Optional.of(new BestEpoch(program.parameters()))
            : Optional.empty();
  }

  /// Reports of the finished epochs; a live view.
  public List<EpochReport> epochs() {
    return epochs;
  }

  /// The epoch whose parameters are the current ones after [#execute], from 1.
  public int keptEpoch() {
    return best.isPresent() ? BestEpoch.number(epochs) : epochs.size();
  }

  /// Trains the remaining epochs. Each epoch skips the samples after its last full batch.
  ///
  /// @throws StoppedException if the process was asked to end; epochs before are whole
  public void execute(TrainingListener listener) {
    try (BatchBuffer buffer = new BatchBuffer(samples, batchSize, options.execution().device())) {
      while (epochs.size() < options.epochs()) {
        epochs.add(epoch(epochs.size(), buffer, listener));
        best.ifPresent(kept -> kept.offer(epochs));
        listener.epoch(epochs.getLast(), this::checkpoint);
      }
    } catch (StoppedException e) {
      throw new StoppedException(
          "training stopped in epoch %d of %d".formatted(epochs.size() + 1, options.epochs()));
    }
    best.ifPresent(BestEpoch::apply);
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
    Optional<Evaluation> held =
        validation.length == 0
            ? Optional.empty()
            : Optional.of(
                Evaluator.evaluate(
                    program,
                    samples,
                    validation,
                    options.objective().loss(),
                    options.execution().device()));
    return new EpochReport(
        epoch + 1,
        lossSum / stepsPerEpoch,
        (double) right / ((long) stepsPerEpoch * batchSize),
        held.stream().mapToDouble(Evaluation::accuracy).findFirst(),
        held.stream().mapToDouble(Evaluation::loss).findFirst(),
        learningRate((long) (epoch + 1) * stepsPerEpoch - 1, steps),
        WeightProfile.of(program.parameters()),
        (System.nanoTime() - start) / 1e9);
  }

  private record Outcome(double loss, long right) {}

  private Outcome step(BatchBuffer buffer, long step, long steps) {
    double learningRate = learningRate(step, steps);
    try (PointerScope _ = new PointerScope()) {
      program.parameters().gradients().zero_();
      Tensor labels = buffer.labels(batchSize);
      Tensor batch = buffer.values(batchSize);
      Tensor[] outputs = program.runAll(batch, true, options.compute());
      Tensor total = loss.of(outputs, labels, batch);
      double value = total.item_float();
      if (!Double.isFinite(value)) {
        throw new TrainingException(
            "the loss is %s at step %d of %d, learning rate %s: training diverges; lower the learning rate"
                .formatted(value, step + 1, steps, (float) learningRate));
      }
      total.backward();
      rules.beforeStep();
      optimizer.step(learningRate, step);
      rules.afterStep(learningRate);
      Tensor predicted =
          outputs[0].detach().reshape(batchSize, -1).argmax(new LongOptional(1), false);
      long right = predicted.eq(labels).sum().item_long();
      return new Outcome(value, right);
    }
  }

  private double learningRate(long step, long steps) {
    return options.optimizer().learningRate() * options.schedule().factor(step, steps);
  }

  private Checkpoint checkpoint() {
    List<float[]> copies = new ArrayList<>(vectors().stream().map(NativeFloats::toArray).toList());
    best.ifPresent(kept -> copies.addAll(kept.vectors()));
    return new Checkpoint(network(), dataDigest, settings, epochs, copies);
  }

  /// Restores the state of a run with the same network, data and options.
  public void restore(Checkpoint checkpoint) {
    checkpoint.requireRun(network(), dataDigest, settings);
    List<Tensor> targets = vectors();
    int own = targets.size();
    if (checkpoint.vectors().size() != own + (best.isPresent() ? 2 : 0)) {
      throw Checkpoint.damaged();
    }
    for (int i = 0; i < targets.size(); i++) {
      float[] vector = checkpoint.vectors().get(i);
      if (targets.get(i).numel() != vector.length) {
        throw Checkpoint.damaged();
      }
      NativeFloats.copy(vector, targets.get(i));
    }
    best.ifPresent(
        kept -> kept.restore(checkpoint.vectors().get(own), checkpoint.vectors().get(own + 1)));
    epochs.addAll(checkpoint.epochs());
  }

  private List<Tensor> vectors() {
    List<Tensor> vectors = new ArrayList<>();
    vectors.add(program.parameters().values());
    vectors.add(program.parameters().statistics());
    vectors.addAll(optimizer.moments());
    return vectors;
  }

  /// Names, roles and shapes of all parameters, and what is computed with them.
  private String network() {
    return parameters() + "; computes " + program.structure();
  }

  private String parameters() {
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
