// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import dev.quench.compress.prune.PrunedModel;
import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.SettledInputs;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.Samples;
import dev.quench.pipeline.trial.RealizedGain;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Backends;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
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

  private final Model model;
  private UnaryOperator<Pruning> settings = UnaryOperator.identity();
  private final Map<String, Shape> inputShapes = new LinkedHashMap<>();
  private Backend backend = Backends.named("onnxruntime");
  private @Nullable Dataset data;
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
    if (data != null) {
      pruning.fitTo(
          Backends.named("onnxruntime"),
          Samples.inBatches(data, model, FITTED_SAMPLES, FITTED_BATCH));
    }
    PrunedModel pruned = pruning.run();
    pruned.report().notes().forEach(note -> listener.note("note: " + note));
    RealizedGain gain = measure.of(model, pruned.model());
    if (fasterRequired && !gain.isFaster()) {
      throw new CheckFailedException(
          "the pruned model is not faster: %s, %.2f times by count; nothing is written: cut more, or align the channels to 8 or 16"
              .formatted(gain, pruned.report().theoreticalGain()));
    }
    return new PruningResult(pruned.model(), pruned.report(), gain);
  }
}
