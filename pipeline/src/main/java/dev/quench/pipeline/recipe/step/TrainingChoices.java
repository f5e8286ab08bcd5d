// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingOptions;
import java.util.List;
import java.util.Locale;

/// The options of steps that train; they mean what those of `quench train` mean.
final class TrainingChoices {
  private static final double STEP_EVERY = 0.3;
  private static final double STEP_FACTOR = 0.1;

  static final List<OptionSpec> OPTIONS =
      List.of(
          OptionSpec.whole("epochs", 1),
          OptionSpec.whole("batch-size", 1),
          OptionSpec.word("optimizer", "sgd", "adam"),
          OptionSpec.number("lr", Double.MIN_VALUE, Double.MAX_VALUE),
          OptionSpec.number("weight-decay", 0, Double.MAX_VALUE),
          OptionSpec.word("schedule", "cosine", "step", "constant"),
          OptionSpec.whole("warm-up", 0),
          OptionSpec.word("loss", "cross-entropy", "squared-hinge"),
          OptionSpec.word("augment", "shift-flip", "none"),
          OptionSpec.word("compute", "fp32", "bf16"),
          OptionSpec.whole("validation", 0),
          OptionSpec.whole("samples", 1));

  private TrainingChoices() {}

  /// @param defaults of the kind of training
  /// @param quantized whether the network has quantizers, which round in FP32
  static TrainingOptions of(StepContext context, TrainingOptions defaults, boolean quantized) {
    StepOptions given = context.options();
    int warmUp = given.whole("warm-up").orElse(defaults.schedule().warmUp());
    Schedule schedule =
        switch (given.text("schedule").orElse("cosine")) {
          case "step" -> new Schedule.Step(warmUp, STEP_EVERY, STEP_FACTOR);
          case "constant" -> new Schedule.Constant(warmUp);
          default -> new Schedule.Cosine(warmUp);
        };
    return defaults
        .withEpochs(given.whole("epochs").orElse(defaults.epochs()))
        .withBatchSize(given.whole("batch-size").orElse(defaults.batchSize()))
        .withOptimizer(optimizer(given, defaults.optimizer()))
        .withSchedule(schedule)
        .withLoss(
            given
                .text("loss")
                .map(loss -> Loss.valueOf(constant(loss)))
                .orElse(defaults.objective().loss()))
        .withAugmentation(
            given
                .text("augment")
                .map(name -> name.equals("none") ? Augmentation.NONE : Augmentation.SHIFT_FLIP)
                .orElse(defaults.augmentation()))
        .withCompute(compute(given, quantized))
        .withSeed(context.seed())
        .withThreads(context.threads())
        .withValidation(given.whole("validation").orElse(0));
  }

  private static Compute compute(StepOptions given, boolean quantized) {
    return given
        .text("compute")
        .map(name -> Compute.valueOf(constant(name)))
        .orElseGet(() -> !quantized && LibTorch.hasFastBfloat16() ? Compute.BF16 : Compute.FP32);
  }

  /// For [StepKind#resolved].
  static String resolved(StepOptions given, boolean quantized) {
    return "compute=" + compute(given, quantized);
  }

  private static String constant(String word) {
    return word.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static Optimizer optimizer(StepOptions given, Optimizer usual) {
    Optimizer base =
        switch (given.text("optimizer").orElse("")) {
          case "sgd" -> usual instanceof Optimizer.Sgd ? usual : TrainingOptions.FLOAT.optimizer();
          case "adam" ->
              usual instanceof Optimizer.Adam ? usual : TrainingOptions.BINARY.optimizer();
          default -> usual;
        };
    if (given.number("lr").isPresent()) {
      base = base.withLearningRate(given.number("lr").getAsDouble());
    }
    return given.number("weight-decay").isPresent()
        ? base.withWeightDecay(given.number("weight-decay").getAsDouble())
        : base;
  }
}
