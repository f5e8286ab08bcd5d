// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.training;

import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Objective;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.Validation.Keep;
import dev.quench.compress.train.update.ParameterRules;
import dev.quench.compress.train.update.Regularization;
import dev.quench.compress.train.update.SparsityMethod;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The settings of a training in words, for the table of its page.
public final class TrainingFacts {
  private TrainingFacts() {}

  /// The settings by name. What plays no part, such as augmentation that is off, is absent.
  public static Map<String, String> of(TrainingOptions options) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("epochs", "%d, in batches of %d".formatted(options.epochs(), options.batchSize()));
    facts.put("optimizer", optimizer(options.optimizer()));
    facts.put("schedule", schedule(options.schedule()));
    facts.put("loss", objective(options.objective()));
    if (!options.augmentation().equals(Augmentation.NONE)) {
      facts.put("augmentation", augmentation(options.augmentation()));
    }
    if (options.validation().samples() > 0) {
      facts.put(
          "held back",
          "%d samples; kept: the %s epoch"
              .formatted(
                  options.validation().samples(),
                  options.validation().keep() == Keep.BEST ? "best" : "last"));
    }
    if (!options.regularization().equals(Regularization.NONE)) {
      facts.put("regularization", regularization(options.regularization()));
    }
    String parameters = parameters(options.parameters());
    if (!parameters.isEmpty()) {
      facts.put("parameters", parameters);
    }
    facts.put(
        "computed in",
        "%s on %s, %s"
            .formatted(
                options.compute(),
                options.execution().device().name(),
                options.threads() == 1 ? "one thread" : options.threads() + " threads"));
    facts.put("seed", Long.toString(options.seed()));
    return facts;
  }

  private static String optimizer(Optimizer optimizer) {
    String rate = ", learning rate " + number(optimizer.learningRate());
    return switch (optimizer) {
      case Optimizer.Sgd(double _, double momentum, double decay) ->
          "SGD%s, momentum %s%s".formatted(rate, number(momentum), decay(decay));
      case Optimizer.Adam(double _, double beta1, double beta2, double decay) ->
          "Adam%s%s%s".formatted(rate, betas(beta1, beta2), decay(decay));
      case Optimizer.AdaMax(double _, double beta1, double beta2, double decay) ->
          "AdaMax%s%s%s".formatted(rate, betas(beta1, beta2), decay(decay));
      case Optimizer.ShiftAdaMax(double _, double beta1, double beta2) ->
          "shift-based AdaMax%s%s".formatted(rate, betas(beta1, beta2));
      case Optimizer.Bop(double _, double adaptivity, double threshold) ->
          "Bop, adaptivity %s, threshold %s; others by Adam%s"
              .formatted(number(adaptivity), number(threshold), rate);
      case Optimizer.GlorotScaled(Optimizer base) -> optimizer(base) + ", scaled by layer (Glorot)";
    };
  }

  private static String betas(double beta1, double beta2) {
    return ", β %s and %s".formatted(number(beta1), number(beta2));
  }

  private static String decay(double decay) {
    return decay == 0 ? "" : ", weight decay " + number(decay);
  }

  private static String schedule(Schedule schedule) {
    String way =
        switch (schedule) {
          case Schedule.Constant _ -> "constant";
          case Schedule.Cosine _ -> "cosine to 0";
          case Schedule.Step(int _, double every, double factor) ->
              "multiplied by %s after every %s %% of the steps"
                  .formatted(number(factor), number(100 * every));
        };
    return schedule.warmUp() == 0
        ? way
        : "%s, after a rise over the first %d steps, or a tenth of all if that is less"
            .formatted(way, schedule.warmUp());
  }

  private static String objective(Objective objective) {
    List<String> parts = new ArrayList<>();
    parts.add(
        loss(objective.loss())
            + (objective.labelSmoothing() == 0
                ? ""
                : ", labels smoothed by " + number(objective.labelSmoothing())));
    for (Objective.OutputLoss other : objective.others()) {
      parts.add(
          "%s times %s of output '%s'"
              .formatted(number(other.weight()), loss(other.loss()), other.output()));
    }
    return String.join(", ", parts);
  }

  private static String loss(Loss loss) {
    return loss.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String augmentation(Augmentation augmentation) {
    List<String> parts = new ArrayList<>();
    if (augmentation.shift() > 0) {
      parts.add("shifted by up to %d pixels".formatted(augmentation.shift()));
    }
    if (augmentation.flip()) {
      parts.add("mirrored half of the time");
    }
    return String.join(", ", parts);
  }

  private static String regularization(Regularization regularization) {
    List<String> parts = new ArrayList<>();
    if (regularization.sparsity() > 0) {
      parts.add(
          "%s of strength %s on the scales of normalizations"
              .formatted(
                  regularization.method() == SparsityMethod.L1 ? "L1" : "ISTA",
                  number(regularization.sparsity())));
    }
    if (regularization.gradientNorm() != Double.POSITIVE_INFINITY) {
      parts.add("gradients of norm " + number(regularization.gradientNorm()) + " at most");
    }
    return String.join(", ", parts);
  }

  private static String parameters(ParameterRules rules) {
    List<String> parts = new ArrayList<>();
    if (rules.frozen().statistics()) {
      parts.add("statistics of normalizations frozen");
    }
    if (!rules.frozen().layers().isEmpty()) {
      parts.add("some layers frozen");
    }
    rules
        .learningRates()
        .forEach((pattern, factor) ->
            parts.add("learning rate of '%s' times %s".formatted(pattern, number(factor))));
    if (rules.zerosKept()) {
      parts.add("zeros kept");
    }
    return String.join(", ", parts);
  }

  /// Without an exponent where the digits are few.
  private static String number(double value) {
    String plain = new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
    return plain.length() <= 8 ? plain : Double.toString(value);
  }
}
