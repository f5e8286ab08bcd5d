// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.prune.MagnitudeMask;
import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.Ranking;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What of a model is to go.
@OptionGroup("Pruning")
final class PruningOptions {
  private static final String MAGNITUDE = "magnitude";

  @Option(
      names = "--method",
      paramLabel = "M",
      defaultValue = "l1",
      description =
          "What channels are worth: l1 or l2 (norm of the filter), fpgm (distance to the others), slimming (scale of the BatchNormalization); lasso, thinet or obs (what the layers behind make of them, needs --data); or magnitude, which zeroes single weights and leaves the shapes. Default ${DEFAULT-VALUE}.")
  private String method;

  @Option(
      names = "--ratio",
      paramLabel = "R",
      description = "Share to take out, between 0 and 1; required without --pattern.")
  private double ratio;

  @Option(
      names = "--of",
      paramLabel = "WHAT",
      defaultValue = "macs",
      description =
          "What --ratio is a share of: macs, parameters or channels; default ${DEFAULT-VALUE}.")
  private Budget budget;

  @Option(
      names = "--ranking",
      paramLabel = "K",
      description =
          "uniform (the same share of every layer) or global (the least worth anywhere); default global for slimming, else uniform.")
  private @Nullable Ranking ranking;

  @Option(
      names = "--align",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Leave multiples of N channels, such as 8 or 16, which GPUs run faster; default ${DEFAULT-VALUE}.")
  private int alignment;

  @Option(
      names = "--floor",
      paramLabel = "F",
      defaultValue = "0.05",
      description = "Least share of the channels of a group that stays; default ${DEFAULT-VALUE}.")
  private double floor;

  /// @throws picocli.CommandLine.ParameterException if an option has a value that it cannot have
  void check(QuenchCommand command) {
    if (!command.isGiven("--ratio")) {
      throw command.wrongUsage("give --ratio, the share to take out, or --pattern 2:4");
    }
    if (!(ratio > 0 && ratio < 1)) {
      throw command.wrongUsage("--ratio must lie between 0 and 1, got " + ratio);
    }
    if (alignment < 1) {
      throw command.wrongUsage("--align must be 1 or more, got " + alignment);
    }
    if (!(floor >= 0 && floor <= 1)) {
      throw command.wrongUsage("--floor must lie in [0, 1], got " + floor);
    }
    if (isMagnitude()
        && Stream.of("--align", "--floor", "--of", "--shape", "--batch-size")
            .anyMatch(command::isGiven)) {
      throw command.wrongUsage(
          "--method magnitude zeroes single weights: --align, --floor, --of, --shape and --batch-size are for channels");
    }
    if (!isMagnitude() && criterion().isEmpty()) {
      throw command.wrongUsage(
          "unknown --method '%s'; expected %s or %s"
              .formatted(
                  method,
                  Arrays.stream(Criterion.values())
                      .map(Criterion::commandName)
                      .collect(Collectors.joining(", ")),
                  MAGNITUDE));
    }
  }

  /// @throws picocli.CommandLine.ParameterException if data are missing, or of no use
  void checkData(boolean given, QuenchCommand command) {
    if (isMagnitude() && given) {
      throw command.wrongUsage("--method magnitude looks at weights alone; omit --data");
    }
    if (!given && criterion().filter(Criterion::needsData).isPresent()) {
      throw command.wrongUsage(
          "--method %s judges channels by what the layers behind make of them: give --data, or take l1"
              .formatted(method));
    }
  }

  /// Whether single weights become zero in place of channels that go.
  boolean isMagnitude() {
    return method.toLowerCase(Locale.ROOT).equals(MAGNITUDE);
  }

  /// The mask of [#isMagnitude].
  MagnitudeMask mask() {
    return new MagnitudeMask(ratio, ranking == Ranking.GLOBAL);
  }

  /// Passes the options on.
  Pruning set(Pruning pruning) {
    pruning.criterion(criterion().orElseThrow()).ratio(budget, ratio).align(alignment).floor(floor);
    return ranking == null ? pruning : pruning.ranking(ranking);
  }

  private Optional<Criterion> criterion() {
    return Arrays.stream(Criterion.values())
        .filter(each -> each.commandName().equals(method.toLowerCase(Locale.ROOT)))
        .findFirst();
  }
}
