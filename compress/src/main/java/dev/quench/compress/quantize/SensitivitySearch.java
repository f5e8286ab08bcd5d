// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.compress.quantize.Sensitivity.TensorSensitivity;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.run.Backend;
import dev.quench.run.Progress;
import dev.quench.run.QuantizationRanges;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;

/// Finds layers to leave float so that the others, in INT8, keep the outputs of a model.
///
/// First each tensor is quantized alone, with the weights of the layers that read it, and the
/// outputs are compared with those of the float model. Then the whole model is quantized but for
/// the most sensitive tensors, a few more each time, until the outputs are near enough. The first
/// set that is wins; it need not be the smallest. Cost: one session and one inference of all
/// samples a tensor, and a few more. Deterministic for a deterministic backend.
///
/// Set it up in one thread; [#search] may then be called by several.
public final class SensitivitySearch {
  /// Tensors are left float in so many steps at most.
  private static final int STEPS = 20;

  private final Backend backend;
  private QdqOptions options = QdqOptions.DEFAULT;
  private Progress progress = Progress.NONE;

  private SensitivitySearch(Backend backend) {
    this.backend = backend;
  }

  /// @param backend runs the float and the quantized models
  public static SensitivitySearch using(Backend backend) {
    return new SensitivitySearch(backend);
  }

  /// What the model will be quantized with; [QdqOptions#DEFAULT] unless set.
  public SensitivitySearch options(QdqOptions chosen) {
    options = chosen;
    return this;
  }

  /// Is told of every quantized model tried; the total assumes that all steps are needed.
  public SensitivitySearch progress(Progress listener) {
    progress = listener;
    return this;
  }

  /// @param model float, fused; gets types filled in, and its nodes names that differ
  /// @param ranges of the tensors of [QdqPlacement#tensors]
  /// @param samples inputs to run, not those that the result will be judged by; at least one
  /// @param minCosine the worst cosine of any floating-point output on any sample to accept
  /// @return with an empty set of nodes when nothing has to stay float; its cosine is below
  ///   `minCosine` only where all tensors have to
  /// @throws IllegalArgumentException if there is no sample or the bound is outside `[0, 1]`
  /// @throws dev.quench.run.BackendException if the backend fails
  public Sensitivity search(
      Model model, QuantizationRanges ranges, List<Map<String, Tensor>> samples, double minCosine) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("a sensitivity search needs at least one sample");
    }
    if (!(minCosine >= 0 && minCosine <= 1)) {
      throw new IllegalArgumentException("the least cosine must be in [0, 1], got " + minCosine);
    }
    nameNodes(model);
    List<Map<String, Tensor>> expected = run(model, samples);
    Map<Value, List<Use>> activations = QdqPlacement.of(model, options).activations();
    progress.begin("sensitivity", activations.size() + STEPS + 1L);
    try {
      List<TensorSensitivity> ranking = new ArrayList<>();
      for (Map.Entry<Value, List<Use>> activation : activations.entrySet()) {
        String tensor = activation.getKey().name();
        QdqOptions alone = options.withStrict(false);
        QuantizationRanges only =
            name -> name.equals(tensor) ? ranges.threshold(name) : OptionalDouble.empty();
        List<String> layers =
            activation.getValue().stream().map(Use::node).map(Node::name).distinct().toList();
        ranking.add(
            new TensorSensitivity(tensor, layers, cosine(model, only, alone, samples, expected)));
      }
      ranking.sort(Comparator.comparingDouble(TensorSensitivity::cosine));
      return leaveFloat(model, ranges, samples, expected, ranking, minCosine);
    } finally {
      progress.end();
    }
  }

  private Sensitivity leaveFloat(
      Model model,
      QuantizationRanges ranges,
      List<Map<String, Tensor>> samples,
      List<Map<String, Tensor>> expected,
      List<TensorSensitivity> ranking,
      double minCosine) {
    int step = Math.max(1, Math.ceilDiv(ranking.size(), STEPS));
    Set<String> excluded = new LinkedHashSet<>();
    for (int next = 0; ; ) {
      Set<String> nodes = new LinkedHashSet<>(options.excludedNodes());
      nodes.addAll(excluded);
      double cosine = cosine(model, ranges, options.withExcludedNodes(nodes), samples, expected);
      if (cosine >= minCosine || next == ranking.size()) {
        return new Sensitivity(ranking, excluded, cosine);
      }
      int end = Math.min(next + step, ranking.size());
      for (; next < end; next++) {
        ranking.get(next).layers().forEach(layer -> excluded.add(Pattern.quote(layer)));
      }
    }
  }

  private double cosine(
      Model model,
      QuantizationRanges ranges,
      QdqOptions with,
      List<Map<String, Tensor>> samples,
      List<Map<String, Tensor>> expected) {
    Model quantized = model.copy();
    new InsertQdq(ranges, with).insert(quantized);
    List<Map<String, Tensor>> actual = run(quantized, samples);
    progress.advance(1);
    double worst = 1;
    for (int i = 0; i < expected.size(); i++) {
      for (Map.Entry<String, Tensor> output : expected.get(i).entrySet()) {
        if (output.getValue().dataType().isFloating()) {
          Tensor other = actual.get(i).get(output.getKey());
          worst = other == null ? 0 : Math.min(worst, cosine(output.getValue(), other));
        }
      }
    }
    return worst;
  }

  private List<Map<String, Tensor>> run(Model model, List<Map<String, Tensor>> samples) {
    try (Session session = backend.open(model, SessionOptions.DEFAULT)) {
      return samples.stream().map(session::run).toList();
    }
  }

  /// 0 where one side vanishes, or the shapes or values cannot be compared.
  private static double cosine(Tensor expected, Tensor actual) {
    if (!expected.shape().equals(actual.shape())) {
      return 0;
    }
    double dot = 0;
    double expectedSquares = 0;
    double actualSquares = 0;
    for (long i = 0; i < expected.elements(); i++) {
      double e = expected.doubleAt(i);
      double a = actual.doubleAt(i);
      dot += e * a;
      expectedSquares += e * e;
      actualSquares += a * a;
    }
    if (expectedSquares == 0 && actualSquares == 0) {
      return 1;
    }
    double cosine = dot / (Math.sqrt(expectedSquares) * Math.sqrt(actualSquares));
    return Double.isFinite(cosine) ? cosine : 0;
  }

  private static void nameNodes(Model model) {
    Set<String> taken = new LinkedHashSet<>();
    for (Node node : model.graph().nodes()) {
      String name = node.name().isEmpty() ? node.opType() : node.name();
      for (int suffix = 1; !taken.add(name); suffix++) {
        name = (node.name().isEmpty() ? node.opType() : node.name()) + "_" + suffix;
      }
      node.setName(name);
    }
  }
}
