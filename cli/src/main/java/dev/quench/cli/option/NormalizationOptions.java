// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How pixels become numbers: `(pixel * scale - mean) / std`, by option, else as the model's own
/// metadata says (`preprocess.scale`, `preprocess.mean`, `preprocess.std`), else `scale` 1/255,
/// mean 0 and deviation 1.
@OptionGroup("Data")
public final class NormalizationOptions {
  private static final String DEFAULT_SCALE = "1/255";

  @Option(
      names = "--mean",
      paramLabel = "M[,M...]",
      description =
          "Mean of each channel, for idx, cifar10 and svhn data; default: the model's metadata, else 0.")
  private @Nullable String mean;

  @Option(
      names = "--std",
      paramLabel = "S[,S...]",
      description =
          "Standard deviation of each channel, for idx, cifar10 and svhn data; default: the model's metadata, else 1.")
  private @Nullable String std;

  @Option(
      names = "--scale",
      paramLabel = "F",
      description =
          "Factor of a pixel before mean and deviation, for idx, cifar10 and svhn data; default: the model's metadata, else 1/255.")
  private @Nullable String scale;

  /// Whether an option says any of the three.
  public boolean isGiven() {
    return mean != null || std != null || scale != null;
  }

  /// Settles the three for `model`.
  ///
  /// @throws CommandException unless every value is a number, naming where it stands
  public Normalization normalization(Model model) {
    double[] means = numbers(model, "mean", mean, "0");
    double[] deviations = numbers(model, "std", std, "1");
    if (means.length > 1 && deviations.length == 1) {
      double shared = deviations[0];
      deviations = DoubleStream.generate(() -> shared).limit(means.length).toArray();
    }
    return Normalization.of(means, deviations, numbers(model, "scale", scale, DEFAULT_SCALE)[0]);
  }

  private static double[] numbers(
      Model model, String what, @Nullable String option, String otherwise) {
    String key = "preprocess." + what;
    String inModel = model.metadata().get(key);
    String where = option != null ? "--" + what : "the model's metadata " + key;
    String text = option != null ? option : inModel != null ? inModel : otherwise;
    return Arrays.stream(text.split(",", -1)).mapToDouble(part -> number(where, part)).toArray();
  }

  private static double number(String where, String text) {
    String[] fraction = text.strip().split("/", 2);
    try {
      double number = Double.parseDouble(fraction[0]);
      if (fraction.length == 2) {
        number /= Double.parseDouble(fraction[1]);
      }
      if (Double.isFinite(number)) {
        return number;
      }
      throw new CommandException(where + ": '" + text + "' is not finite");
    } catch (NumberFormatException e) {
      throw new CommandException(
          where + ": '" + text + "': expected a number such as 0.286 or 1/255", e);
    }
  }
}
