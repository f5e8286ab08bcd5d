// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.compress.quantize.Sensitivity.TensorSensitivity;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeNames;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.Backend;
import dev.quench.run.Progress;
import dev.quench.run.QuantizationRanges;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds layers to leave float so that the others, in INT8, keep what a model is good for.
///
/// First each tensor is quantized alone, with the weights of the layers that read it, and the
/// outputs are compared with those of the float model. Then the whole model is quantized but for
/// the most sensitive tensors, by signal-to-noise ratio, a few more each time, until the goal
/// holds; last, the step that reached it is halved for as long as it still holds. The set need not
/// be the smallest. Cost: one session and one inference of all samples a tensor, and a few more;
/// with a score, its evaluation as often. Deterministic for a deterministic backend.
///
/// Set it up in one thread; [#search] may then be called by several.
public final class SensitivitySearch {
  /// Tensors are left float in so many steps at most.
  private static final int STEPS = 20;

  private final Backend backend;
  private QuantizationScheme scheme = new QuantizationScheme.Qdq(QdqOptions.DEFAULT);
  private Progress progress = Progress.NONE;

  private SensitivitySearch(Backend backend) {
    this.backend = backend;
  }

  /// @param backend runs the float and the quantized models
  public static SensitivitySearch using(Backend backend) {
    return new SensitivitySearch(backend);
  }

  /// Quantizes in TensorRT's form with these options; [QdqOptions#DEFAULT] unless set.
  public SensitivitySearch options(QdqOptions chosen) {
    return scheme(new QuantizationScheme.Qdq(chosen));
  }

  /// How the model will be quantized; in TensorRT's form unless set.
  public SensitivitySearch scheme(QuantizationScheme chosen) {
    scheme = chosen;
    return this;
  }

  /// Is told of every quantized model tried; the total assumes that all steps are needed.
  public SensitivitySearch progress(Progress listener) {
    progress = listener;
    return this;
  }

  /// As [#search(Model, QuantizationRanges, List, AccuracyGoal)] for [AccuracyGoal.MinCosine].
  public Sensitivity search(
      Model model, QuantizationRanges ranges, List<Map<String, Tensor>> samples, double minCosine) {
    return search(model, ranges, samples, new AccuracyGoal.MinCosine(minCosine));
  }

  /// @param model float, fused; gets types filled in, and its nodes names that differ
  /// @param ranges of all tensors that the scheme quantizes
  /// @param samples inputs to run, not those that the result will be judged by; at least one
  /// @return with an empty set of nodes when nothing has to stay float; the goal is missed only
  ///   where it is even with all tensors float
  /// @throws IllegalArgumentException if the data hold no samples
  /// @throws dev.quench.run.BackendException if the backend fails
  public Sensitivity search(
      Model model,
      QuantizationRanges ranges,
      List<Map<String, Tensor>> samples,
      AccuracyGoal goal) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("a sensitivity search needs at least one sample");
    }
    NodeNames.makeDistinct(model.graph());
    Map<String, List<String>> activations = scheme.activations(model);
    progress.begin("sensitivity", activations.size() + STEPS + 1L);
    try {
      SensitivityTrial trial = new SensitivityTrial(backend, model, ranges, samples, goal, scheme);
      List<TensorSensitivity> ranking = new ArrayList<>();
      activations.forEach((tensor, layers) -> {
        SensitivityTrial.Outcome outcome = trial.alone(tensor);
        progress.advance(1);
        ranking.add(new TensorSensitivity(tensor, layers, outcome.fidelity(), outcome.drop()));
      });
      ranking.sort(Comparator.comparingDouble(each -> each.fidelity().sqnrDecibels()));
      return leaveFloat(trial, ranking);
    } finally {
      progress.end();
    }
  }

  private Sensitivity leaveFloat(SensitivityTrial trial, List<TensorSensitivity> ranking) {
    int step = Math.max(1, Math.ceilDiv(ranking.size(), STEPS));
    int failed = -1;
    int tried = 0;
    SensitivityTrial.Outcome outcome = without(trial, ranking, tried);
    while (!outcome.reached() && tried < ranking.size()) {
      failed = tried;
      tried = Math.min(tried + step, ranking.size());
      outcome = without(trial, ranking, tried);
    }
    while (outcome.reached() && tried - failed > 1) {
      int middle = (failed + tried) >>> 1;
      SensitivityTrial.Outcome fewer = without(trial, ranking, middle);
      if (fewer.reached()) {
        tried = middle;
        outcome = fewer;
      } else {
        failed = middle;
      }
    }
    return new Sensitivity(
        ranking, layers(ranking, tried), outcome.fidelity(), outcome.drop(), outcome.reached());
  }

  private SensitivityTrial.Outcome without(
      SensitivityTrial trial, List<TensorSensitivity> ranking, int count) {
    SensitivityTrial.Outcome outcome = trial.without(layers(ranking, count));
    progress.advance(1);
    return outcome;
  }

  private static Set<String> layers(List<TensorSensitivity> ranking, int count) {
    Set<String> layers = new LinkedHashSet<>();
    for (TensorSensitivity tensor : ranking.subList(0, count)) {
      tensor.layers().forEach(layer -> layers.add(NodeSelection.patternOf(layer)));
    }
    return layers;
  }
}
