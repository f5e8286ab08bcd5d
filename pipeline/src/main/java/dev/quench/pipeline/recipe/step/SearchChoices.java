// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.prune.select.Budget;
import dev.quench.metric.classification.TopK;
import dev.quench.pipeline.prune.search.SearchMethod;
import dev.quench.pipeline.prune.search.SearchTarget;
import dev.quench.pipeline.prune.search.WidthSearch;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The options of a step that searches widths; they mean what those of `quench prune` mean.
final class SearchChoices {
  private static final double PERCENT = 100;

  /// Those that mean something in a search alone.
  private static final List<String> DETAILS =
      List.of("widths", "evaluations", "judges", "target-backend");

  private SearchChoices() {}

  static List<OptionSpec> options() {
    return List.of(
        OptionSpec.word(
            "search",
            Arrays.stream(SearchMethod.values())
                .map(method -> method.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new)),
        OptionSpec.number("target-latency", 1e-6, Double.MAX_VALUE),
        OptionSpec.number("max-drop", 0, PERCENT),
        OptionSpec.word(
            "target-backend", Backends.all().stream().map(Backend::name).toArray(String[]::new)),
        OptionSpec.whole("widths", 2),
        OptionSpec.whole("evaluations", 1),
        OptionSpec.whole("judges", 1));
  }

  /// Whether anything asks for a search.
  static boolean isGiven(StepOptions options) {
    return Stream.of("search", "target-latency", "max-drop")
        .anyMatch(name -> options.text(name).isPresent());
  }

  /// @throws IllegalArgumentException if options contradict each other
  static void check(StepOptions options) {
    if (!isGiven(options)) {
      DETAILS.stream()
          .filter(name -> options.text(name).isPresent())
          .findFirst()
          .ifPresent(name -> {
            throw new IllegalArgumentException(
                "%s is for a search: give search: sensitivity or amc".formatted(name));
          });
      return;
    }
    boolean latency = options.text("target-latency").isPresent();
    boolean drop = options.text("max-drop").isPresent();
    if (options.text("ranking").isPresent()) {
      throw new IllegalArgumentException("a search decides instead of ranking: give one of them");
    }
    if (drop && method(options) == SearchMethod.AMC) {
      throw new IllegalArgumentException(
          "search: amc keeps a cost, not a drop: give ratio or target-latency");
    }
    if (latency && options.text("of").isPresent()) {
      throw new IllegalArgumentException("of says what ratio and max-drop count; omit it");
    }
    if (options.text("target-backend").isPresent() && !latency && !drop) {
      throw new IllegalArgumentException("target-backend is for target-latency and max-drop");
    }
  }

  private static SearchMethod method(StepOptions options) {
    return options
        .text("search")
        .map(word -> SearchMethod.valueOf(word.toUpperCase(Locale.ROOT)))
        .orElse(SearchMethod.SENSITIVITY);
  }

  /// The search; what it measured stays in the step's folder, so that one that was stopped goes on.
  ///
  /// @param budget that a ratio and a drop count
  static WidthSearch search(StepContext context, Budget budget, Dataset data) throws IOException {
    StepOptions options = context.options();
    Optional<String> backend = options.text("target-backend");
    SearchTarget target;
    if (options.number("target-latency").isPresent()) {
      target = new SearchTarget.Latency(options.number("target-latency").getAsDouble());
    } else if (options.number("max-drop").isPresent()) {
      target =
          new SearchTarget.Drop(
              options.number("max-drop").getAsDouble() / PERCENT, budget, backend.isPresent());
    } else {
      target = new SearchTarget.Share(budget, options.number("ratio").orElseThrow());
    }
    WidthSearch search =
        WidthSearch.to(target)
            .method(method(options))
            .seed(context.seed())
            .state(context.folder().resolve("search.json"))
            .listener(context.listener());
    options.whole("widths").ifPresent(search::widths);
    options.whole("evaluations").ifPresent(search::evaluations);
    options.whole("judges").ifPresent(search::samples);
    backend.ifPresent(name -> search.on(Backends.named(name)));
    if (hasClasses(data)) {
      search.metric(new TopK(List.of(1)));
    } else {
      context
          .listener()
          .note("note: the data have no class labels, so widths are judged by their fidelity");
    }
    return search;
  }

  private static boolean hasClasses(Dataset data) throws IOException {
    try (Stream<Batch> batches = data.batches(1)) {
      return batches.findFirst().map(Batch::labels).orElse(new Labels.None())
          instanceof Labels.Classes;
    }
  }
}
