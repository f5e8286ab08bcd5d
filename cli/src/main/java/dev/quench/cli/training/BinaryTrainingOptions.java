// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.training;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.binary.BinarizeActivations;
import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.BinaryScale;
import dev.quench.compress.binary.ChooseSigns;
import dev.quench.compress.binary.ShiftNormalization;
import dev.quench.compress.binary.SignGradient;
import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.binary.WeightScheme;
import dev.quench.graph.Model;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How 1-bit and ternary layers are trained.
@OptionGroup("1-bit and ternary layers")
public final class BinaryTrainingOptions {
  private enum Scale {
    AUTO,
    XNOR,
    NONE
  }

  private enum Drawn {
    WEIGHTS,
    ACTIVATIONS,
    BOTH
  }

  @Option(
      names = "--binary-layers",
      paramLabel = "NAME",
      split = ",",
      description =
          "Names of the layers that --weights 1 or 1.5 and --activations 1 apply to, the first and the last allowed, though what reads the image goes on reading it; default all between the first and the last.")
  private List<String> layers = List.of();

  @Option(
      names = "--binary-scale",
      paramLabel = "S",
      description =
          "Where the mean |w| of each filter multiplies its sums: auto (where no BatchNormalization follows), xnor (everywhere, as in XNOR-Net) or none (as in BinaryNet); default auto.")
  private @Nullable Scale scale;

  @Option(
      names = "--centre",
      description =
          "Subtract the mean over the inputs of a filter from its 1-bit weights before their sign is taken, as XNOR-Net does.")
  private boolean centre;

  @Option(
      names = "--stochastic",
      paramLabel = "WHAT",
      description =
          "Draw the signs of weights, activations or both at random in training, +1 with probability (x + 1) / 2; the trained network takes the sign.")
  private @Nullable Drawn drawn;

  @Option(
      names = "--sign-gradient",
      paramLabel = "G",
      description =
          "Gradient through the sign of an activation where |x| < 1: clipped (1) or polynomial (2 - 2|x|, as in Bi-Real Net); default polynomial, with --stochastic activations clipped.")
  private @Nullable SignGradient gradient;

  @Option(
      names = "--shift-norm",
      description =
          "Train BatchNormalization in its shift-based form, whose factors are powers of two, as BinaryNet does.")
  private boolean shiftNormalization;

  @Option(
      names = "--two-stage",
      paramLabel = "N",
      description =
          "Train the first N of the --epochs with float weights and 1-bit activations, the rest with 1-bit or ternary weights.")
  private @Nullable Integer firstEpochs;

  /// @param activations whether they are binary
  /// @throws picocli.CommandLine.ParameterException if the options do not go together
  public void check(QuenchCommand command, WeightBits weights, boolean activations) {
    boolean anyWeights = weights != WeightBits.FLOAT;
    if (!anyWeights && (scale != null || centre || drawsWeights())) {
      throw command.wrongUsage(
          "--binary-scale, --centre and --stochastic weights are for --weights 1 or 1.5");
    }
    if (!activations && (gradient != null || drawsActivations())) {
      throw command.wrongUsage(
          "--sign-gradient and --stochastic activations are for --activations 1");
    }
    if (!anyWeights && !activations && (!layers.isEmpty() || shiftNormalization)) {
      throw command.wrongUsage(
          "--binary-layers and --shift-norm are for --weights 1 or 1.5 and --activations 1");
    }
    if (firstEpochs != null && !(anyWeights && activations)) {
      throw command.wrongUsage(
          "--two-stage trains 1-bit activations first and 1-bit or ternary weights then: give --activations 1 and --weights 1 or 1.5");
    }
    if (firstEpochs != null && firstEpochs < 1) {
      throw command.wrongUsage("--two-stage must be 1 or more, got " + firstEpochs);
    }
    try {
      scheme(weights);
      signs();
    } catch (IllegalArgumentException e) {
      throw command.wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  /// Whether names choose the layers.
  public boolean namesLayers() {
    return !layers.isEmpty();
  }

  /// Number of epochs with float weights; 0 for one stage.
  public int firstEpochs() {
    return firstEpochs == null ? 0 : firstEpochs;
  }

  /// @return number of layers whose weights became binary or ternary
  /// @throws IllegalArgumentException if a layer is unknown or its weights cannot be binarized
  public int binarizeWeights(Model model, WeightBits weights) {
    return namesLayers()
        ? BinarizeWeights.ofLayers(scheme(weights), names()).apply(model)
        : new BinarizeWeights(scheme(weights)).apply(model);
  }

  /// @return number of activations that became signs
  /// @throws IllegalArgumentException if a layer is unknown
  public int binarizeActivations(Model model) {
    return namesLayers()
        ? BinarizeActivations.ofLayers(names()).apply(model)
        : new BinarizeActivations().apply(model);
  }

  /// Gives signs and normalizations their form in training.
  public void finish(Model model) {
    signs().apply(model);
    if (shiftNormalization) {
      new ShiftNormalization().apply(model);
    }
  }

  private WeightScheme scheme(WeightBits weights) {
    return new WeightScheme(
        weights,
        switch (scale) {
          case null -> BinaryScale.WHERE_NEEDED;
          case AUTO -> BinaryScale.WHERE_NEEDED;
          case XNOR -> BinaryScale.ALWAYS;
          case NONE -> BinaryScale.NEVER;
        },
        centre,
        drawsWeights());
  }

  private ChooseSigns signs() {
    SignGradient usual = drawsActivations() ? SignGradient.CLIPPED : SignGradient.POLYNOMIAL;
    return new ChooseSigns(gradient == null ? usual : gradient, drawsActivations());
  }

  private boolean drawsWeights() {
    return drawn == Drawn.WEIGHTS || drawn == Drawn.BOTH;
  }

  private boolean drawsActivations() {
    return drawn == Drawn.ACTIVATIONS || drawn == Drawn.BOTH;
  }

  private Set<String> names() {
    return new LinkedHashSet<>(layers);
  }
}
