// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.training.LayerOptions;
import dev.quench.cli.training.RegularizationOptions;
import dev.quench.cli.training.ValidationOptions;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.Device;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.Execution;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Objective;
import dev.quench.compress.train.run.Objective.OutputLoss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.graph.Model;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that say how to train; what is not given depends on the kind of training.
@OptionGroup("Training")
final class TrainingSettings {
  private enum OptimizerName {
    SGD,
    ADAM,
    ADAMAX,
    SHIFT_ADAMAX,
    BOP;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private enum ScheduleName {
    COSINE,
    STEP,
    CONSTANT
  }

  private static final double STEP_EVERY = 0.3;
  private static final double STEP_FACTOR = 0.1;

  /// Of the published code of BinaryNet.
  private static final double SHIFT_RATE = 0x1p-6;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Number of epochs; default 10, and 2 for INT8.")
  private @Nullable Integer epochs;

  @Option(names = "--batch-size", paramLabel = "N", description = "Batch size; default 128.")
  private @Nullable Integer batchSize;

  @Option(
      names = "--optimizer",
      paramLabel = "O",
      description =
          "sgd (momentum 0.9), adam, adamax, shift-adamax (its factors are powers of two) or bop (flips 1-bit weights; adam for the rest); default sgd, for 1-bit and ternary layers adam.")
  private @Nullable OptimizerName optimizer;

  @Option(
      names = "--glorot",
      description =
          "Multiply the updates of 1-bit and ternary weights by the Glorot factor of their layer, as BinaryNet does.")
  private boolean glorot;

  @Option(
      names = "--lr",
      paramLabel = "F",
      description =
          "Highest learning rate; default 0.05 for sgd, 0.01 for adam, adamax and bop, 1/64 for shift-adamax, 0.001 for INT8.")
  private @Nullable Double learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "F",
      description =
          "Weight decay of float kernels and matrices; default 0.0005 for sgd, 0 for adam.")
  private @Nullable Double weightDecay;

  @Option(
      names = "--schedule",
      paramLabel = "S",
      defaultValue = "cosine",
      description =
          "cosine (to 0), step (a tenth after each 30 %% of the steps) or constant; default ${DEFAULT-VALUE}.")
  private ScheduleName schedule;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "200",
      description = "Steps over which the learning rate rises from 0; default ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(
      names = "--loss",
      paramLabel = "L",
      defaultValue = "cross_entropy",
      description = "cross_entropy or squared_hinge; default ${DEFAULT-VALUE}.")
  private Loss loss;

  @Option(
      names = "--output-weight",
      paramLabel = "OUTPUT=F",
      description =
          "Trains this further output too, on the same labels: adds its loss times F. May be repeated.")
  private Map<String, Double> outputWeights = new LinkedHashMap<>();

  @Option(
      names = "--label-smoothing",
      paramLabel = "E",
      defaultValue = "0",
      description =
          "Share of each label to spread over all classes, with cross_entropy; default ${DEFAULT-VALUE}.")
  private double labelSmoothing;

  @Option(
      names = "--augment",
      paramLabel = "A",
      defaultValue = "none",
      description =
          "shift-flip (by up to two pixels, and mirrored) or none; default ${DEFAULT-VALUE}.")
  private String augment;

  @Option(
      names = "--compute",
      paramLabel = "C",
      description =
          "fp32 or bf16, the type of convolutions and products; default bf16 where the processor multiplies it, fp32 for INT8.")
  private @Nullable Compute compute;

  @Option(
      names = "--device",
      paramLabel = "D",
      defaultValue = "cpu",
      description =
          "cpu, or cuda or cuda:N with libtorch's GPU build on the class path; default ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads; the number affects rounding. Default: up to two.")
  private @Nullable Integer threads;

  @Mixin private ValidationOptions validation;

  @Mixin private RegularizationOptions regularization;

  @Mixin private LayerOptions layers;

  /// @param defaults of the kind of training
  /// @throws picocli.CommandLine.ParameterException if a number is out of range
  TrainingOptions resolve(
      TrainingOptions defaults, boolean quantized, long seed, QuenchCommand command) {
    try {
      return resolve(defaults, quantized, seed);
    } catch (IllegalArgumentException e) {
      throw command.wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  private TrainingOptions resolve(TrainingOptions defaults, boolean quantized, long seed) {
    return new TrainingOptions(
        Optional.ofNullable(epochs).orElse(defaults.epochs()),
        Optional.ofNullable(batchSize).orElse(defaults.batchSize()),
        optimizer(defaults.optimizer()),
        switch (schedule) {
          case COSINE -> new Schedule.Cosine(warmUp);
          case STEP -> new Schedule.Step(warmUp, STEP_EVERY, STEP_FACTOR);
          case CONSTANT -> new Schedule.Constant(warmUp);
        },
        new Objective(loss, labelSmoothing, others()),
        augmentation(),
        new Execution(
            compute != null
                ? compute
                : !quantized && LibTorch.hasFastBfloat16() ? Compute.BF16 : Compute.FP32,
            new Device(device),
            threads != null ? threads : SessionOptions.DEFAULT.threads(),
            seed),
        validation.validation(),
        regularization.regularization(),
        layers.rules());
  }

  /// Adds layers to the model that the options ask for.
  ///
  /// @throws dev.quench.cli.output.CommandException if an option names nodes that the model lacks
  void prepare(Model model, Dataset training) throws IOException {
    layers.prepare(model, training);
  }

  /// @throws dev.quench.cli.output.CommandException if an option names nodes that the model lacks
  void requireNames(Model model) {
    layers.requireNames(model);
  }

  private List<OutputLoss> others() {
    List<OutputLoss> others = new ArrayList<>();
    outputWeights.forEach((name, weight) -> others.add(new OutputLoss(name, loss, weight)));
    return others;
  }

  private Augmentation augmentation() {
    return switch (augment) {
      case "none" -> Augmentation.NONE;
      case "shift-flip" -> Augmentation.SHIFT_FLIP;
      default ->
          throw new IllegalArgumentException(
              "expected the augmentation shift-flip or none, got '" + augment + "'");
    };
  }

  private Optimizer optimizer(Optimizer usual) {
    Optimizer base =
        switch (optimizer) {
          case null -> usual;
          case SGD -> usual instanceof Optimizer.Sgd ? usual : TrainingOptions.FLOAT.optimizer();
          case ADAM -> usual instanceof Optimizer.Adam ? usual : TrainingOptions.BINARY.optimizer();
          case ADAMAX -> Optimizer.adaMax(TrainingOptions.BINARY.optimizer().learningRate());
          case SHIFT_ADAMAX -> Optimizer.shiftAdaMax(SHIFT_RATE);
          case BOP -> Optimizer.bop(TrainingOptions.BINARY.optimizer().learningRate());
        };
    if (learningRate != null) {
      base = base.withLearningRate(learningRate);
    }
    if (weightDecay != null) {
      base = base.withWeightDecay(weightDecay);
    }
    return glorot ? new Optimizer.GlorotScaled(base) : base;
  }
}
