// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.program.Compute;

/// The settings of a training run.
///
/// @param epochs passes over the training samples
/// @param batchSize samples per step
/// @param seed seed of order, augmentation and dropout; the same seed and number of threads
///   reproduce the same bits
/// @param threads per operation
/// @param validation number of samples, chosen by the seed, that are held back from training to
///   report accuracy
public record TrainingOptions(
    int epochs,
    int batchSize,
    Optimizer optimizer,
    Schedule schedule,
    Loss loss,
    Augmentation augmentation,
    Compute compute,
    long seed,
    int threads,
    int validation) {
  /// Defaults for float networks: SGD 0.05, cosine after 200 steps of warm-up, cross-entropy, ten
  /// epochs in batches of 128, no augmentation, FP32, one thread.
  public static final TrainingOptions FLOAT =
      new TrainingOptions(
          10,
          128,
          Optimizer.sgd(0.05),
          new Schedule.Cosine(200),
          Loss.CROSS_ENTROPY,
          Augmentation.NONE,
          Compute.FP32,
          1,
          1,
          0);

  /// Defaults for binary and ternary networks: [#FLOAT] with Adam 0.01.
  public static final TrainingOptions BINARY = FLOAT.withOptimizer(Optimizer.adam(0.01));

  /// Defaults for quantization-aware fine-tuning of a trained network: [#FLOAT] with SGD 0.001 over
  /// two epochs.
  public static final TrainingOptions QUANTIZED =
      FLOAT.withOptimizer(Optimizer.sgd(0.001)).withEpochs(2);

  public TrainingOptions {
    requireAtLeast("epochs", epochs, 1);
    requireAtLeast("batch size", batchSize, 1);
    requireAtLeast("threads", threads, 1);
    requireAtLeast("validation samples", validation, 0);
  }

  private static void requireAtLeast(String what, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s must be %d or more, got %d".formatted(what, least, value));
    }
  }

  public TrainingOptions withEpochs(int chosen) {
    return new TrainingOptions(
        chosen,
        batchSize,
        optimizer,
        schedule,
        loss,
        augmentation,
        compute,
        seed,
        threads,
        validation);
  }

  public TrainingOptions withBatchSize(int chosen) {
    return new TrainingOptions(
        epochs,
        chosen,
        optimizer,
        schedule,
        loss,
        augmentation,
        compute,
        seed,
        threads,
        validation);
  }

  public TrainingOptions withOptimizer(Optimizer chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        chosen,
        schedule,
        loss,
        augmentation,
        compute,
        seed,
        threads,
        validation);
  }

  public TrainingOptions withSchedule(Schedule chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        chosen,
        loss,
        augmentation,
        compute,
        seed,
        threads,
        validation);
  }

  public TrainingOptions withLoss(Loss chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        chosen,
        augmentation,
        compute,
        seed,
        threads,
        validation);
  }

  public TrainingOptions withAugmentation(Augmentation chosen) {
    return new TrainingOptions(
        epochs, batchSize, optimizer, schedule, loss, chosen, compute, seed, threads, validation);
  }

  public TrainingOptions withCompute(Compute chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        loss,
        augmentation,
        chosen,
        seed,
        threads,
        validation);
  }

  public TrainingOptions withSeed(long chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        loss,
        augmentation,
        compute,
        chosen,
        threads,
        validation);
  }

  public TrainingOptions withThreads(int chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        loss,
        augmentation,
        compute,
        seed,
        chosen,
        validation);
  }

  public TrainingOptions withValidation(int chosen) {
    return new TrainingOptions(
        epochs, batchSize, optimizer, schedule, loss, augmentation, compute, seed, threads, chosen);
  }

  /// All settings that affect the result, in one line; checkpoints store it.
  String fingerprint() {
    return "%d epochs of batches of %d, %s, %s, %s, %s, %s, seed %d, %d threads, %d held back"
        .formatted(
            epochs,
            batchSize,
            optimizer,
            schedule,
            loss,
            augmentation,
            compute,
            seed,
            threads,
            validation);
  }
}
