// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.prune.PrunedModel;
import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.prune.select.Ranking;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.run.Backends;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Cuts channels; the options mean what those of `quench prune` mean.
record PruneStep() implements StepKind {
  private static final double LEAST = 1e-6;

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
    return List.of(
        OptionSpec.artifact(StepContext.INPUT, MODEL, Absent.PREVIOUS),
        OptionSpec.number("ratio", LEAST, 1 - LEAST),
        OptionSpec.word("of", words(Budget.values())),
        OptionSpec.word("method", words(Criterion.values())),
        OptionSpec.word("ranking", words(Ranking.values())),
        OptionSpec.whole("align", 1),
        OptionSpec.number("floor", 0, 1));
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
  public boolean readsData() {
    return false;
  }

  @Override
  public void check(StepOptions options, Set<String> artifacts) {
    if (options.number("ratio").isEmpty()) {
      throw new IllegalArgumentException(
          "prune needs ratio: and the share to take out, between 0 and 1");
    }
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    StepOptions given = context.options();
    Model model = context.input();
    Pruning pruning =
        Pruning.of(model)
            .criterion(
                Criterion.valueOf(given.text("method").orElse("l1").toUpperCase(Locale.ROOT)))
            .ratio(
                Budget.valueOf(given.text("of").orElse("macs").toUpperCase(Locale.ROOT)),
                given.number("ratio").orElseThrow())
            .align(given.whole("align").orElse(1))
            .checkOn(Backends.named("onnxruntime"));
    given
        .text("ranking")
        .ifPresent(word -> pruning.ranking(Ranking.valueOf(word.toUpperCase(Locale.ROOT))));
    given.number("floor").ifPresent(pruning::floor);
    PrunedModel pruned = pruning.run();
    pruned.report().notes().forEach(note -> context.listener().note("note: " + note));
    OnnxWriter.write(pruned.model(), context.model());
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("parametersBefore", (double) pruned.report().before().parameters());
    figures.put("parameters", (double) pruned.report().after().parameters());
    figures.put("macsBefore", (double) pruned.report().before().macs());
    figures.put("macs", (double) pruned.report().after().macs());
    return StepOutcome.model(context.model(), figures);
  }
}
