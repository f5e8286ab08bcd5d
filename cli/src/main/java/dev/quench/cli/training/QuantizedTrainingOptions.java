// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.training;

import dev.quench.cli.converter.ShareConverter;
import dev.quench.cli.converter.TargetConverter;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.train.PostTrainingQuantization;
import dev.quench.compress.train.quantize.FreezeQuantization;
import dev.quench.compress.train.quantize.Observer;
import dev.quench.compress.train.quantize.PreparationReport;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Method;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.export.target.ExportTarget;
import dev.quench.graph.Model;
import dev.quench.pipeline.quantize.TrainingForm;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How layers of 2 to 16 bits are quantized in training.
@OptionGroup("Quantized training (--weights and --activations of 2 to 16 bits)")
public final class QuantizedTrainingOptions {
  private static final double MOMENTUM = 0.1;
  private static final double FROZEN_RATE = 1e-5;
  private static final int INT8 = 8;
  private static final int FLOAT = 32;
  private static final List<String> OF_BITS =
      List.of(
          "--scheme",
          "--gradients",
          "--asymmetric",
          "--per-tensor",
          "--observer",
          "--percentile",
          "--fuse-bn",
          "--fuse-bn-calibration",
          "--quantize-sums",
          "--leave-float",
          "--quantize-for");

  private static final List<String> OF_TRAINING =
      List.of(
          "--report",
          "--teacher",
          "--checkpoint",
          "--validation",
          "--sparsity",
          "--epochs",
          "--lr",
          "--optimizer",
          "--glorot",
          "--weight-decay",
          "--schedule",
          "--warm-up",
          "--loss",
          "--label-smoothing",
          "--output-weight",
          "--augment",
          "--keep",
          "--clip-gradient",
          "--keep-zeros",
          "--lr-scale",
          "--freeze",
          "--freeze-statistics");

  @Option(
      names = "--scheme",
      paramLabel = "S",
      defaultValue = "iao",
      description =
          "iao (ranges from observers), dorefa (bounded by tanh and to [0, 1]; the first layer stays float), lsq (trained steps) or pact (trained clipping of activations). Default ${DEFAULT-VALUE}.")
  private Method scheme = Method.IAO;

  @Option(
      names = "--gradients",
      paramLabel = "BITS",
      defaultValue = "32",
      description = "With dorefa: bits of the gradients, 2 to 16, or 32. Default ${DEFAULT-VALUE}.")
  private int gradients = TrainingScheme.FLOAT;

  @Option(
      names = "--asymmetric",
      description =
          "With iao: ranges with zero points, which use every level. TensorRT does not import them.")
  private boolean asymmetric;

  @Option(
      names = "--per-tensor",
      description = "One scale for all weights of a layer instead of one for each channel.")
  private boolean perTensor;

  @Option(
      names = "--observer",
      paramLabel = "O",
      defaultValue = "moving-average",
      description =
          "With iao: min-max, moving-average (weight 0.1), percentile or histogram of the activations. Default ${DEFAULT-VALUE}.")
  private Observer observer = Observer.MOVING_AVERAGE;

  @Option(
      names = "--percentile",
      paramLabel = "SHARE",
      defaultValue = "0.999999",
      converter = ShareConverter.class,
      description =
          "With --observer percentile or histogram: share of the values that a range keeps. Default ${DEFAULT-VALUE}.")
  private double percentile;

  @Option(
      names = "--fuse-bn",
      description =
          "Quantize weights with the BatchNormalization behind them folded in, by the statistics of each batch.")
  private boolean fuse;

  @Option(
      names = "--fuse-bn-calibration",
      description =
          "Like --fuse-bn, but fold running statistics and correct the layer's output to those of the batch.")
  private boolean calibrated;

  @Option(
      names = "--quantize-sums",
      description =
          "Quantize both inputs of a residual sum, with one range. Default: its skip alone, as TensorRT fuses it.")
  private boolean sums;

  @Option(
      names = "--leave-float",
      paramLabel = "NODE",
      description = "Leave layers float, by name with * and ?, regex:EXPRESSION or op:TYPE.")
  private List<String> leftFloat = List.of();

  @Option(
      names = "--quantize-for",
      paramLabel = "TARGET",
      converter = TargetConverter.class,
      description =
          "tensorrt or onnxruntime: refuse what the runtime does not import. Default: what the scheme gives.")
  private @Nullable ExportTarget target;

  @Option(
      names = "--ptq",
      paramLabel = "N",
      description =
          "Instead of training: find the ranges on N batches, forward only, without augmentation.")
  private @Nullable Integer batches;

  @Option(
      names = "--qaft",
      description =
          "Fine-tune with frozen ranges and statistics: after --ptq, or a --model in its training form. Default --lr 0.00001.")
  private boolean frozen;

  @Option(
      names = "--training-form",
      paramLabel = "FILE",
      description =
          "Also write the network as it trains, with float weights and observers, to continue from with --model.")
  private @Nullable Path trainingForm;

  /// @param weightBits of the command line; 32 for float
  /// @param activationBits likewise
  /// @param quantized whether layers of 2 to 16 bits are asked for
  /// @param inTrainingForm whether the model has quantizers already
  /// @throws picocli.CommandLine.ParameterException if options do not go together
  public void check(
      QuenchCommand command,
      int weightBits,
      int activationBits,
      boolean quantized,
      boolean inTrainingForm) {
    if (inTrainingForm && (weightBits != FLOAT || activationBits != FLOAT)) {
      throw command.wrongUsage(
          "--model is in its training form and keeps its bits; leave away --weights and --activations");
    }
    if (!quantized) {
      for (String option : OF_BITS) {
        if (command.isGiven(option)) {
          throw command.wrongUsage(option + " needs --weights or --activations of 2 to 16 bits");
        }
      }
      if (!inTrainingForm) {
        for (String option : List.of("--ptq", "--qaft", "--training-form")) {
          if (command.isGiven(option)) {
            throw command.wrongUsage(
                option
                    + " needs --weights and --activations of 2 to 16 bits, or a --model in its training form");
          }
        }
        return;
      }
    }
    if (fuse && calibrated) {
      throw command.wrongUsage("give --fuse-bn or --fuse-bn-calibration, not both");
    }
    if (batches != null && batches < 1) {
      throw command.wrongUsage("--ptq must be 1 or more, got " + batches);
    }
    if (frozen && batches == null && !inTrainingForm) {
      throw command.wrongUsage(
          "--qaft goes on from known ranges: give --ptq too, or a --model in its training form");
    }
    if (batches != null && !frozen) {
      for (String option : OF_TRAINING) {
        if (command.isGiven(option)) {
          throw command.wrongUsage(
              "%s is for training, and --ptq alone trains nothing; add --qaft or omit it"
                  .formatted(option));
        }
      }
    }
    if (batches != null && scheme != Method.IAO) {
      throw command.wrongUsage(
          "--ptq finds ranges of --scheme iao; dorefa, lsq and pact have to be trained");
    }
    if (command.isGiven("--percentile")
        && observer != Observer.PERCENTILE
        && observer != Observer.HISTOGRAM) {
      throw command.wrongUsage("--percentile goes with --observer percentile or histogram");
    }
    if (command.isGiven("--observer") && scheme != Method.IAO) {
      throw command.wrongUsage("--observer goes with --scheme iao");
    }
    try {
      var _ = scheme(weightBits, activationBits);
    } catch (IllegalArgumentException e) {
      throw command.wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  /// Brings a float network into its training form.
  ///
  /// @param model edited
  /// @param trained whether its normalizations have statistics, so that they may be folded
  /// @throws CommandException if there is nothing to quantize
  public PreparationReport prepare(
      Model model, int weightBits, int activationBits, boolean trained) {
    QuantizedTraining training = QuantizedTraining.of(scheme(weightBits, activationBits));
    for (String pattern : leftFloat) {
      training = training.leaveFloat(pattern);
    }
    if (sums) {
      training = training.quantizeSums();
    }
    try {
      return TrainingForm.prepare(model, training, foldsNormalizations(trained));
    } catch (IllegalArgumentException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  /// Whether normalizations become part of the weights before training.
  ///
  /// @param trained whether they have statistics
  public boolean foldsNormalizations(boolean trained) {
    return trained && !fuse && !calibrated && scheme != Method.DOREFA;
  }

  /// Why TensorRT will not import the result, if so.
  public Optional<String> reasonAgainstTensorRt(int weightBits, int activationBits) {
    try {
      var _ = scheme(weightBits, activationBits).withTensorRt(true);
      if (target == null && scheme == Method.DOREFA && weightBits == INT8) {
        return Optional.of("8-bit weights of dorefa need a zero point");
      }
      boolean learned = scheme == Method.LSQ || scheme == Method.PACT;
      return target == null && learned && activationBits == INT8
          ? Optional.of("what is never negative takes all 256 levels above zero")
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private TrainingScheme scheme(int weightBits, int activationBits) {
    return new TrainingScheme(
        scheme,
        weightBits,
        activationBits,
        gradients,
        !asymmetric,
        !perTensor,
        observer,
        MOMENTUM,
        percentile,
        calibrated ? Normalization.CALIBRATED : fuse ? Normalization.FUSED : Normalization.SEPARATE,
        target != null && target.name().startsWith("tensorrt"));
  }

  /// Settings of training that are not given.
  ///
  /// @param trained whether the network has been trained before
  public TrainingOptions defaults(boolean trained) {
    return !trained
        ? TrainingOptions.FLOAT
        : frozen
            ? TrainingOptions.QUANTIZED.withOptimizer(Optimizer.sgd(FROZEN_RATE))
            : TrainingOptions.QUANTIZED;
  }

  /// Finds ranges without training, and freezes them, as far as asked for.
  ///
  /// @param model in its training form
  /// @param seed that chooses the samples
  public Model settle(Model model, Dataset training, int batchSize, int threads, long seed)
      throws IOException {
    Model settled = model;
    if (batches != null) {
      Dataset chosen = training.sample(Math.min(training.size(), (long) batches * batchSize), seed);
      settled = PostTrainingQuantization.calibrate(model, chosen, batches, batchSize, threads);
    }
    if (frozen) {
      try {
        new FreezeQuantization().apply(settled);
      } catch (IllegalArgumentException e) {
        throw new CommandException(
            "--qaft goes on from known ranges: %s; give --ptq too, or a --model in its training form"
                .formatted(e.getMessage()));
      }
    }
    return settled;
  }

  /// Whether the network is trained, after [#settle] or without it.
  public boolean trains() {
    return batches == null || frozen;
  }

  /// Where the training form goes, if anywhere.
  public Optional<Path> trainingForm() {
    return Optional.ofNullable(trainingForm);
  }
}
