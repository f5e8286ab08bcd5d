// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import dev.quench.cli.command.LabelMetric;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.prune.select.Budget;
import dev.quench.pipeline.prune.search.SearchMethod;
import dev.quench.pipeline.prune.search.SearchTarget;
import dev.quench.pipeline.prune.search.WidthSearch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How many channels of each group stay, by measuring rather than by a ranking.
@OptionGroup("Search")
final class SearchOptions {
  private static final List<String> OTHERS =
      List.of(
          "--widths",
          "--evaluations",
          "--judges",
          "--search-state",
          "--target-backend",
          "--metric",
          "--dictionary",
          "--per-class");

  @Option(
      names = "--search",
      paramLabel = "S",
      description =
          "Search the widths on samples of --data held back: sensitivity (what each width of each group loses, then a dynamic program) or amc (reinforcement learning, DDPG); default sensitivity where a target is given, else --ranking decides.")
  private @Nullable SearchMethod method;

  @Option(
      names = "--target-latency",
      paramLabel = "MS",
      description =
          "Lose as little as possible within so many milliseconds a call, by a table of latencies measured on --target-backend; in place of --ratio.")
  private @Nullable Double latency;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description =
          "Cut as much as possible of what --of says, or of the time with --target-backend, for a drop of at most so many points (hundredths) before fine-tuning; in place of --ratio.")
  private @Nullable Double maxDrop;

  @Option(
      names = "--target-backend",
      paramLabel = "BACKEND",
      description = "Where latencies are measured; default onnxruntime.")
  private @Nullable String backend;

  @Option(
      names = "--widths",
      paramLabel = "N",
      defaultValue = "8",
      description = "Widths of each group to choose among; default ${DEFAULT-VALUE}.")
  private int widths;

  @Option(
      names = "--evaluations",
      paramLabel = "N",
      defaultValue = "200",
      description =
          "Models to cut and judge, for amc the episodes; sensitivity measures every width of every group in any case; default ${DEFAULT-VALUE}.")
  private int evaluations;

  @Option(
      names = "--judges",
      paramLabel = "N",
      defaultValue = "500",
      description =
          "Samples held back to judge by, the last ones, at most a quarter; default ${DEFAULT-VALUE}.")
  private int judges;

  @Option(
      names = "--search-state",
      paramLabel = "FILE",
      description =
          "Keep latencies and losses in this JSON file, so that a search that was stopped goes on.")
  private @Nullable Path state;

  @Mixin private MetricOptions metric;

  /// Whether anything asks for a search.
  boolean isGiven() {
    return method != null || isTarget();
  }

  private boolean isTarget() {
    return latency != null || maxDrop != null;
  }

  @Nullable Path state() {
    return state;
  }

  /// @throws picocli.CommandLine.ParameterException if options contradict each other or miss data
  void check(QuenchCommand command, PruningOptions pruning, boolean dataGiven) {
    metric.check(command);
    int targets =
        (command.isGiven("--ratio") ? 1 : 0)
            + (latency != null ? 1 : 0)
            + (maxDrop != null ? 1 : 0);
    if (pruning.needsNoTarget()) {
      if (targets > 0 || isGiven()) {
        throw command.wrongUsage(
            "--method ista takes the channels whose scale is 0, however many they are: omit --ratio, --search and their like, or take slimming");
      }
      return;
    }
    if (targets != 1) {
      throw command.wrongUsage(
          targets == 0
              ? "give --ratio, --target-latency, --max-drop or --pattern"
              : "give one of --ratio, --target-latency and --max-drop");
    }
    if (!isGiven()) {
      Optional<String> useless = OTHERS.stream().filter(command::isGiven).findFirst();
      if (useless.isPresent()) {
        throw command.wrongUsage(useless.get() + " is for a search: give --search");
      }
      return;
    }
    if (pruning.isMagnitude()) {
      throw command.wrongUsage(
          "--method magnitude leaves the widths as they are; omit --search and its targets");
    }
    if (!dataGiven) {
      throw command.wrongUsage("a search measures what widths lose: give --data");
    }
    if (command.isGiven("--ranking")) {
      throw command.wrongUsage("a search decides instead of --ranking: give one of them");
    }
    if (latency != null && !(latency > 0 && latency < Double.POSITIVE_INFINITY)) {
      throw command.wrongUsage("--target-latency must be above 0 ms, got " + latency);
    }
    if (maxDrop != null && !(maxDrop >= 0 && maxDrop <= 100)) {
      throw command.wrongUsage("--max-drop must be from 0 to 100 points, got " + maxDrop);
    }
    if (maxDrop != null && method == SearchMethod.AMC) {
      throw command.wrongUsage(
          "--search amc keeps a cost, not a drop: give --ratio or --target-latency");
    }
    if (latency != null && command.isGiven("--of")) {
      throw command.wrongUsage("--of says what --ratio and --max-drop count; omit it");
    }
    if (backend != null && latency == null && maxDrop == null) {
      throw command.wrongUsage("--target-backend is for --target-latency and --max-drop");
    }
    if (backend != null) {
      BackendOption.check(List.of(backend), command);
    }
    if (widths < 2 || evaluations < 1 || judges < 1) {
      throw command.wrongUsage(
          "expected --widths of 2 or more and --evaluations and --judges of 1 or more, got %d, %d and %d"
              .formatted(widths, evaluations, judges));
    }
  }

  /// @param budget and ratio as given for a share
  WidthSearch search(
      Budget budget, double ratio, ModelFile file, Dataset data, long seed, QuenchCommand command)
      throws IOException {
    SearchTarget target =
        latency != null
            ? new SearchTarget.Latency(latency)
            : maxDrop != null
                ? new SearchTarget.Drop(maxDrop / 100, budget, backend != null)
                : new SearchTarget.Share(budget, ratio);
    WidthSearch search =
        WidthSearch.to(target)
            .method(method == null ? SearchMethod.SENSITIVITY : method)
            .widths(widths)
            .evaluations(evaluations)
            .samples(judges)
            .seed(seed)
            .listener(command.listener());
    if (backend != null) {
      search.on(BackendOption.available(backend, file.model(), command));
    }
    if (state != null) {
      search.state(state);
    }
    LabelMetric.of(metric, file, data, command).ifPresent(search::metric);
    return search;
  }
}
