// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Metric;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Holds models against an original on samples held back.
final class LossMeasure {
  /// Drops are rounded to 1 / STEPS.
  private static final double STEPS = 1e9;

  private final Backend backend;
  private final List<Batch> samples;
  private final Optional<Metric> metric;
  private final List<Map<String, Tensor>> expected = new ArrayList<>();
  private final double score;

  /// @param samples at least one
  /// @param metric empty if the samples have no labels
  LossMeasure(Backend backend, Model original, List<Batch> samples, Optional<Metric> metric) {
    this.backend = backend;
    this.samples = List.copyOf(samples);
    this.metric = metric;
    Optional<Metric.Accumulator> accumulator = metric.map(Metric::begin);
    try (Session session = backend.open(original, SessionOptions.DEFAULT)) {
      for (Batch batch : samples) {
        Map<String, Tensor> outputs = session.run(batch.inputs());
        expected.add(outputs);
        accumulator.ifPresent(each -> each.add(batch, outputs));
      }
    }
    this.score = accumulator.map(LossMeasure::first).orElse(0.0);
  }

  private static double first(Metric.Accumulator accumulator) {
    return accumulator.scores().values().iterator().next();
  }

  /// @param model of the same inputs and outputs
  WidthLoss of(Model model) {
    Optional<Metric.Accumulator> accumulator = metric.map(Metric::begin);
    double error = 0;
    long count = 0;
    try (Session session = backend.open(model, SessionOptions.DEFAULT)) {
      for (int i = 0; i < samples.size(); i++) {
        Batch batch = samples.get(i);
        Map<String, Tensor> outputs = session.run(batch.inputs());
        accumulator.ifPresent(each -> each.add(batch, outputs));
        error += errors(expected.get(i), outputs, batch.size());
        count += batch.size();
      }
    }
    double drop = score - accumulator.map(LossMeasure::first).orElse(0.0);
    // One sample of 200 is 0.005 exactly: a bound must not fail by what subtraction adds.
    return new WidthLoss(Double.isNaN(drop) ? 1 : Math.rint(drop * STEPS) / STEPS, error / count);
  }

  /// The sum over samples, where outputs hold a row for each; else that of the batch for all.
  private static double errors(
      Map<String, Tensor> expected, Map<String, Tensor> actual, int batch) {
    boolean rows = expected.values().stream().map(Tensor::shape).allMatch(s -> counts(s, batch));
    int parts = rows ? batch : 1;
    double[] difference = new double[parts];
    double[] square = new double[parts];
    expected.forEach((name, wanted) -> {
      Tensor got = actual.get(name);
      if (wanted.dataType().isFloating() && got != null && got.shape().equals(wanted.shape())) {
        long length = Math.max(1, wanted.elements() / parts);
        for (long i = 0; i < wanted.elements(); i++) {
          int part = (int) (i / length);
          double value = wanted.doubleAt(i);
          double error = value - got.doubleAt(i);
          square[part] += value * value;
          difference[part] += error * error;
        }
      }
    });
    double sum = 0;
    for (int part = 0; part < parts; part++) {
      double error = square[part] > 0 ? difference[part] / square[part] : 0;
      sum += error <= 1 ? error : 1;
    }
    return rows ? sum : sum * batch;
  }

  private static boolean counts(Shape shape, int batch) {
    return shape.rank() > 0 && shape.size(0) == batch;
  }
}
