// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import dev.quench.compress.prune.PrunedModel;
import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.SettledInputs;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.trial.RealizedGain;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Backends;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

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
  private static final double MEASURING_MILLIS = 2000;

  private final Model model;
  private UnaryOperator<Pruning> settings = UnaryOperator.identity();
  private final Map<String, Shape> inputShapes = new LinkedHashMap<>();
  private Backend backend = Backends.named("onnxruntime");
  private boolean fasterRequired;
  private int samples = 1;
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

  /// Prunes, checks and measures.
  ///
  /// @throws dev.quench.compress.prune.structure.PruningException as [Pruning#run] does
  /// @throws CheckFailedException if the result must be faster and is not, with both times
  /// @throws BackendException if the backend cannot run the models
  public PruningResult run() {
    Pruning pruning = settings.apply(Pruning.of(model)).checkOn(Backends.named("onnxruntime"));
    inputShapes.forEach(pruning::inputShape);
    PrunedModel pruned = pruning.run();
    pruned.report().notes().forEach(note -> listener.note("note: " + note));
    RealizedGain gain =
        RealizedGain.measure(
            backend,
            SessionOptions.DEFAULT,
            model,
            pruned.model(),
            SettledInputs.of(model, inputShapes, samples),
            MEASURING_MILLIS);
    if (fasterRequired && !gain.isFaster()) {
      throw new CheckFailedException(
          "the pruned model is not faster: %s, %.2f times by count; nothing is written: cut more, or align the channels to 8 or 16"
              .formatted(gain, pruned.report().theoreticalGain()));
    }
    return new PruningResult(pruned.model(), pruned.report(), gain);
  }
}
