// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import dev.quench.compress.prune.PrunedModel;
import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.PruningSpace;
import dev.quench.compress.prune.SettledInputs;
import dev.quench.compress.prune.select.WeightGradients;
import dev.quench.compress.train.importance.LossGradients;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.Samples;
import dev.quench.pipeline.heldback.HeldBack;
import dev.quench.pipeline.prune.search.SearchOutcome;
import dev.quench.pipeline.prune.search.WidthLoss;
import dev.quench.pipeline.prune.search.WidthSearch;
import dev.quench.pipeline.trial.RealizedGain;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Backends;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Prunes a model, checks it on ONNX Runtime against the original with the same channels zeroed,
/// and measures what it brings:
///
/// ```java
/// PruningResult result =
///     PruningRecipe.of(model).pruning(p -> p.ratio(0.5).align(8)).requireFaster().run();
/// ```
///
/// Set it up and run it in one thread.
public final class PruningRecipe {
  /// Finds what the pruned model brings.
  @FunctionalInterface
  interface Measure {
    RealizedGain of(Model before, Model after);
  }

  private static final double MEASURING_MILLIS = 2000;
  private static final int FITTED_SAMPLES = 2048;
  private static final int FITTED_BATCH = 32;

  /// Fewer could not be held back to judge by.
  private static final int FEWEST_BATCHES = 16;

  private final Model model;
  private UnaryOperator<Pruning> settings = UnaryOperator.identity();
  private final Map<String, Shape> inputShapes = new LinkedHashMap<>();
  private Backend backend = Backends.named("onnxruntime");
  private @Nullable Dataset data;
  private @Nullable WidthSearch search;
  private boolean fasterRequired;
  private int samples = 1;
  private Measure measure = this::measured;
  private RecipeListener listener = RecipeListener.SILENT;

  private PruningRecipe(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static PruningRecipe of(Model model) {
    return new PruningRecipe(model);
  }

  /// How to prune, as settings of a [Pruning].
  public PruningRecipe pruning(UnaryOperator<Pruning> chosen) {
    settings = chosen;
    return this;
  }

  /// Sizes of an input with free dimensions, for counts, check and measurement.
  public PruningRecipe inputShape(String input, Shape shape) {
    inputShapes.put(input, shape);
    return this;
  }

  /// Where the gain is measured; ONNX Runtime unless set.
  public PruningRecipe measureOn(Backend chosen) {
    backend = chosen;
    return this;
  }

  /// Samples of one call that is measured, where their number is free; one unless set.
  public PruningRecipe samples(int count) {
    samples = count;
    return this;
  }

  /// Fits the layers that lose inputs anew, to at most 2,048 of these samples; criteria that need
  /// data take them too.
  public PruningRecipe data(Dataset fitted) {
    data = fitted;
    return this;
  }

  /// Searches how many channels of each group stay, in place of a ratio; needs data, of which up to
  /// a quarter is held back to judge by.
  public PruningRecipe search(WidthSearch chosen) {
    search = chosen;
    return this;
  }

  /// Refuses a result that is not measured faster.
  public PruningRecipe requireFaster() {
    fasterRequired = true;
    return this;
  }

  /// Hears what is done.
  public PruningRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// Measures in another way; ONNX Runtime or the backend said, unless set.
  PruningRecipe measure(Measure chosen) {
    measure = chosen;
    return this;
  }

  private RealizedGain measured(Model before, Model after) {
    return RealizedGain.measure(
        backend,
        SessionOptions.DEFAULT,
        before,
        after,
        SettledInputs.of(before, inputShapes, samples),
        MEASURING_MILLIS);
  }

  /// Prunes, checks and measures.
  ///
  /// @throws dev.quench.compress.prune.structure.PruningException as [Pruning#run] does
  /// @throws CheckFailedException if the result must be faster and is not, with both times
  /// @throws IOException if the data cannot be read
  /// @throws BackendException if the backend cannot run the models
  public PruningResult run() throws IOException {
    Pruning pruning = settings.apply(Pruning.of(model)).checkOn(Backends.named("onnxruntime"));
    inputShapes.forEach(pruning::inputShape);
    List<Batch> judges = List.of();
    Dataset fitted = data;
    if (search != null && data != null) {
      HeldBack held = HeldBack.of(data, model, search.samples(), WidthSearch.batch(data.size()));
      judges = held.batches();
      fitted = held.calibration();
    }
    if (fitted != null) {
      pruning.fitTo(
          Backends.named("onnxruntime"),
          Samples.inBatches(
              fitted,
              model,
              FITTED_SAMPLES,
              Math.clamp(fitted.size() / FEWEST_BATCHES, 1, FITTED_BATCH)));
    }
    if (fitted != null) {
      pruning.gradients(gradients(fitted));
    }
    Optional<SearchOutcome> outcome =
        search == null ? Optional.empty() : Optional.of(searched(search, pruning, judges));
    PrunedModel pruned = pruning.run();
    pruned.report().notes().forEach(note -> listener.note("note: " + note));
    RealizedGain gain = measure.of(model, pruned.model());
    if (fasterRequired && !gain.isFaster()) {
      throw new CheckFailedException(
          "the pruned model is not faster: %s, %.2f times by count; nothing is written: cut more, or align the channels to 8 or 16"
              .formatted(gain, pruned.report().theoreticalGain()));
    }
    Optional<PruningResult.SearchResult> found = Optional.empty();
    if (search != null && outcome.isPresent()) {
      WidthLoss loss = search.loss(model, pruned.model(), judges);
      found = Optional.of(new PruningResult.SearchResult(outcome.get(), loss));
    }
    return new PruningResult(pruned.model(), pruned.report(), gain, found);
  }

  /// Read and computed only where the criterion asks for them.
  private WeightGradients gradients(Dataset labelled) {
    return visit -> {
      try {
        LossGradients.of(model, labelled.limit(FITTED_SAMPLES), SessionOptions.DEFAULT.threads())
            .forEachBatch(visit);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private SearchOutcome searched(WidthSearch by, Pruning pruning, List<Batch> judges)
      throws IOException {
    if (data == null) {
      throw new PipelineException(
          "a search measures what widths lose on samples held back: give data");
    }
    PruningSpace space = pruning.space(by.mostWidths());
    SearchOutcome outcome =
        by.run(space, WidthSearch.shapes(space, inputShapes, samples), data, judges);
    pruning.keep(outcome.widths());
    return outcome;
  }
}
