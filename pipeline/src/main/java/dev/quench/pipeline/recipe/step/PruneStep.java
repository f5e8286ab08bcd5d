// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.Ranking;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.prune.PruningRecipe;
import dev.quench.pipeline.prune.PruningResult;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Cuts channels; the options mean what those of `quench prune` mean.
record PruneStep() implements StepKind {
  private static final double LEAST = 1e-6;
  private static final double PERCENT = 100;

  @Override
  public String name() {
    return "prune";
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    List<OptionSpec> options = new ArrayList<>();
    options.add(OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS));
    options.add(OptionSpec.number("ratio", LEAST, 1 - LEAST));
    options.add(OptionSpec.word("of", words(Budget.values())));
    options.add(OptionSpec.word("method", words(Criterion.values())));
    options.add(OptionSpec.word("ranking", words(Ranking.values())));
    options.add(OptionSpec.whole("align", 1));
    options.add(OptionSpec.number("floor", 0, 1));
    options.add(OptionSpec.flag("fit"));
    options.add(OptionSpec.whole("samples", 1));
    options.addAll(SearchChoices.options());
    return List.copyOf(options);
  }

  private static String[] words(Enum<?>[] values) {
    return Arrays.stream(values)
        .map(value -> value.name().toLowerCase(Locale.ROOT))
        .toArray(String[]::new);
  }

  @Override
  public Set<String> gives() {
    return Set.of(MODEL);
  }

  @Override
  public boolean readsData(StepOptions options) {
    return options.isSet("fit") || criterion(options).needsData() || SearchChoices.isGiven(options);
  }

  private static Criterion criterion(StepOptions options) {
    return Criterion.valueOf(options.text("method").orElse("l1").toUpperCase(Locale.ROOT));
  }

  @Override
  public void check(StepOptions options, Set<String> artifacts) {
    List<String> targets =
        Stream.of("ratio", "target-latency", "max-drop")
            .filter(name -> options.text(name).isPresent())
            .toList();
    if (criterion(options) == Criterion.ISTA) {
      if (!targets.isEmpty() || SearchChoices.isGiven(options)) {
        throw new IllegalArgumentException(
            "method: ista takes the channels whose scale is 0, however many they are: omit %s, or take slimming"
                .formatted(targets.isEmpty() ? "search" : targets.getFirst()));
      }
    } else if (targets.isEmpty()) {
      throw new IllegalArgumentException(
          "prune needs ratio: and the share to take out, between 0 and 1, or target-latency: or max-drop:");
    } else if (targets.size() > 1) {
      throw new IllegalArgumentException("give one of " + String.join(" and ", targets));
    }
    SearchChoices.check(options);
    if (options.text("samples").isPresent() && !readsData(options)) {
      throw new IllegalArgumentException(
          "samples is of no use: nothing here reads data; add fit: true to fit layers to them");
    }
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    StepOptions given = context.options();
    Model model = context.input();
    Budget budget = Budget.valueOf(given.text("of").orElse("macs").toUpperCase(Locale.ROOT));
    PruningRecipe recipe =
        PruningRecipe.of(model)
            .pruning(pruning -> set(pruning, given, budget))
            .listener(context.listener());
    if (readsData(given)) {
      Dataset data =
          context.requireData().open(model, IdxDataset.Split.TRAIN, given.whole("samples"));
      recipe.data(data);
      if (SearchChoices.isGiven(given)) {
        recipe.search(SearchChoices.search(context, budget, data));
      }
    }
    PruningResult result = recipe.run();
    OnnxWriter.write(result.model(), context.model());
    return StepOutcome.model(context.model(), figures(result));
  }

  private static Pruning set(Pruning pruning, StepOptions given, Budget budget) {
    pruning.criterion(criterion(given)).align(given.whole("align").orElse(1));
    given.number("ratio").ifPresent(ratio -> pruning.ratio(budget, ratio));
    given
        .text("ranking")
        .ifPresent(word -> pruning.ranking(Ranking.valueOf(word.toUpperCase(Locale.ROOT))));
    given.number("floor").ifPresent(pruning::floor);
    return pruning;
  }

  private static Map<String, Double> figures(PruningResult result) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("parametersBefore", (double) result.report().before().parameters());
    figures.put("parameters", (double) result.report().after().parameters());
    figures.put("macsBefore", (double) result.report().before().macs());
    figures.put("macs", (double) result.report().after().macs());
    result
        .search()
        .ifPresent(search -> {
          figures.put("searchDrop", PERCENT * search.loss().drop());
          figures.put("searchOutputError", search.loss().outputError());
          figures.put("searchEvaluations", (double) search.outcome().evaluations());
        });
    return figures;
  }
}
