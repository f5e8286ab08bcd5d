// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.factor;

import dev.quench.compress.factor.FactoredModel;
import dev.quench.compress.factor.Factorization;
import dev.quench.compress.factor.FactorizationReport.Layer;
import dev.quench.compress.factor.FactorizationReport.Whole;
import dev.quench.compress.prune.SettledInputs;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.trial.RealizedGain;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Splits the layers whose factors are measured faster, then measures the whole:
///
/// ```java
/// FactorizationResult result =
///     FactorizationRecipe.of(model).settings(f -> f.rank(new RankRule.Energy(0.9))).run();
/// ```
///
/// Set it up and run it in one thread.
public final class FactorizationRecipe {
  private static final double LAYER_MILLIS = 200;
  private static final double MODEL_MILLIS = 2000;

  private final Model model;
  private UnaryOperator<Factorization> settings = UnaryOperator.identity();
  private final Map<String, Shape> inputShapes = new LinkedHashMap<>();
  private Backend backend = Backends.named("onnxruntime");
  private SessionOptions sessions = SessionOptions.DEFAULT;
  private int samples = 1;
  private RecipeListener listener = RecipeListener.SILENT;

  private FactorizationRecipe(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static FactorizationRecipe of(Model model) {
    return new FactorizationRecipe(model);
  }

  /// How to split, as settings of a [Factorization].
  public FactorizationRecipe settings(UnaryOperator<Factorization> chosen) {
    settings = chosen;
    return this;
  }

  /// Sizes of an input with free dimensions, to measure with.
  public FactorizationRecipe inputShape(String input, Shape shape) {
    inputShapes.put(input, shape);
    return this;
  }

  /// Where layers and model are measured; ONNX Runtime unless set.
  public FactorizationRecipe measureOn(Backend chosen) {
    backend = chosen;
    return this;
  }

  /// Threads of the backend that is measured.
  public FactorizationRecipe threads(int count) {
    sessions = sessions.withThreads(count);
    return this;
  }

  /// Samples of one call that is measured, where their number is free; one unless set.
  public FactorizationRecipe samples(int count) {
    samples = count;
    return this;
  }

  /// Hears what is done.
  public FactorizationRecipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// Splits and measures.
  ///
  /// @throws PipelineException if no layer can be split, with the reasons of the first
  /// @throws CheckFailedException if no layer's factors are faster than the layer, or the whole is
  ///   not
  /// @throws dev.quench.run.BackendException if the backend cannot run the models
  public FactorizationResult run() {
    SettledInputs inputs = SettledInputs.of(model, inputShapes, samples);
    FactoredModel factored =
        settings
            .apply(Factorization.of(model))
            .measuring(this::timeRatio, inputs.shapes())
            .progress(listener.progress())
            .run();
    List<Layer> layers = factored.report().layers();
    if (layers.isEmpty()) {
      throw new PipelineException("the model has no Conv, Gemm or MatMul with constant weights");
    }
    if (factored.report().splits().isEmpty()) {
      throw new CheckFailedException(
          "no layer gets faster by splitting: %s; nothing is written".formatted(reasons(layers)));
    }
    RealizedGain gain =
        RealizedGain.measure(backend, sessions, model, factored.model(), inputs, MODEL_MILLIS);
    ModelCost before = ModelCost.of(model, inputs.shapes());
    ModelCost after = ModelCost.of(factored.model(), inputs.shapes());
    if (!gain.isFaster()) {
      throw new CheckFailedException(
          "the model is not faster with %d layers split: %s; nothing is written"
              .formatted(factored.report().splits().size(), gain));
    }
    return new FactorizationResult(factored.model(), factored.report(), before, after, gain);
  }

  private static String reasons(List<Layer> layers) {
    int shown = 3;
    List<String> reasons =
        layers.stream()
            .filter(Whole.class::isInstance)
            .map(Whole.class::cast)
            .limit(shown)
            .map(whole -> "%s: %s".formatted(whole.node(), whole.reason()))
            .toList();
    int more = layers.size() - reasons.size();
    return String.join("; ", reasons) + (more > 0 ? " and %d more".formatted(more) : "");
  }

  private double timeRatio(Model layer, Model factors) {
    SettledInputs inputs = SettledInputs.of(layer, Map.of(), 1);
    return RealizedGain.measure(backend, sessions, layer, factors, inputs, LAYER_MILLIS)
        .latency()
        .ratio();
  }
}
