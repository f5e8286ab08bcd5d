// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.update.ParameterRules;
import dev.quench.compress.train.update.Regularization;

/// The settings of a training run.
///
/// @param epochs passes over the training samples
/// @param batchSize samples per step
/// @param objective what training minimizes
/// @param regularization what is added to the gradients, and their limit
/// @param parameters which parameters change, and how fast
public record TrainingOptions(
    int epochs,
    int batchSize,
    Optimizer optimizer,
    Schedule schedule,
    Objective objective,
    Augmentation augmentation,
    Execution execution,
    Validation validation,
    Regularization regularization,
    ParameterRules parameters) {
  /// Defaults for float networks: SGD 0.05, cosine after 200 steps of warm-up, cross-entropy, ten
  /// epochs in batches of 128, no augmentation, FP32, one thread.
  public static final TrainingOptions FLOAT =
      new TrainingOptions(
          10,
          128,
          Optimizer.sgd(0.05),
          new Schedule.Cosine(200),
          Objective.CROSS_ENTROPY,
          Augmentation.NONE,
          Execution.DEFAULT,
          Validation.NONE,
          Regularization.NONE,
          ParameterRules.NONE);

  /// Defaults for binary and ternary networks: [#FLOAT] with Adam 0.01.
  public static final TrainingOptions BINARY = FLOAT.withOptimizer(Optimizer.adam(0.01));

  /// Defaults for quantization-aware fine-tuning of a trained network: [#FLOAT] with SGD 0.001 over
  /// two epochs.
  public static final TrainingOptions QUANTIZED =
      FLOAT.withOptimizer(Optimizer.sgd(0.001)).withEpochs(2);

  public TrainingOptions {
    requireAtLeast("epochs", epochs, 1);
    requireAtLeast("batch size", batchSize, 1);
    if (optimizer instanceof Optimizer.Bop && !parameters.learningRates().isEmpty()) {
      throw new IllegalArgumentException(
          "bop flips weights whole, so learning rates by layer do not go with it");
    }
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
        objective,
        augmentation,
        execution,
        validation,
        regularization,
        parameters);
  }

  public TrainingOptions withBatchSize(int chosen) {
    return new TrainingOptions(
        epochs,
        chosen,
        optimizer,
        schedule,
        objective,
        augmentation,
        execution,
        validation,
        regularization,
        parameters);
  }

  public TrainingOptions withOptimizer(Optimizer chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        chosen,
        schedule,
        objective,
        augmentation,
        execution,
        validation,
        regularization,
        parameters);
  }

  public TrainingOptions withSchedule(Schedule chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        chosen,
        objective,
        augmentation,
        execution,
        validation,
        regularization,
        parameters);
  }

  public TrainingOptions withObjective(Objective chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        chosen,
        augmentation,
        execution,
        validation,
        regularization,
        parameters);
  }

  public TrainingOptions withAugmentation(Augmentation chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        objective,
        chosen,
        execution,
        validation,
        regularization,
        parameters);
  }

  public TrainingOptions withExecution(Execution chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        objective,
        augmentation,
        chosen,
        validation,
        regularization,
        parameters);
  }

  public TrainingOptions withValidation(Validation chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        objective,
        augmentation,
        execution,
        chosen,
        regularization,
        parameters);
  }

  public TrainingOptions withRegularization(Regularization chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        objective,
        augmentation,
        execution,
        validation,
        chosen,
        parameters);
  }

  public TrainingOptions withParameters(ParameterRules chosen) {
    return new TrainingOptions(
        epochs,
        batchSize,
        optimizer,
        schedule,
        objective,
        augmentation,
        execution,
        validation,
        regularization,
        chosen);
  }

  public TrainingOptions withLoss(Loss chosen) {
    return withObjective(new Objective(chosen, objective.labelSmoothing(), objective.others()));
  }

  public TrainingOptions withCompute(Compute chosen) {
    return withExecution(execution.withCompute(chosen));
  }

  public TrainingOptions withSeed(long chosen) {
    return withExecution(execution.withSeed(chosen));
  }

  public TrainingOptions withThreads(int chosen) {
    return withExecution(execution.withThreads(chosen));
  }

  /// Holds samples back and keeps the best epoch by them.
  public TrainingOptions withValidation(int samples) {
    return withValidation(Validation.of(samples));
  }

  public Compute compute() {
    return execution.compute();
  }

  public long seed() {
    return execution.seed();
  }

  public int threads() {
    return execution.threads();
  }

  /// All settings that affect the result, in one line; checkpoints store it.
  public String fingerprint() {
    return "%d epochs of batches of %d, %s, %s, %s, %s, %s on %s, seed %d, %d threads, %s, %s, %s"
        .formatted(
            epochs,
            batchSize,
            optimizer,
            schedule,
            objective,
            augmentation,
            compute(),
            execution.device().name(),
            seed(),
            threads(),
            validation,
            regularization,
            parameters);
  }
}
