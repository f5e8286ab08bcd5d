// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Metric;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;

/// Scores models by a metric on one data set, for searches that maximize accuracy.
///
/// @param backend runs the models
/// @param batchSize samples per call
/// @param metric whose first score is used
public record MetricScore(Backend backend, Dataset data, int batchSize, Metric metric) {
  /// @return the first score of the metric, in its unit
  /// @throws IllegalArgumentException if data, labels and model do not fit, or the data set is
  ///   empty
  /// @throws UncheckedIOException if the data cannot be read
  /// @throws dev.quench.run.BackendException if the backend fails
  public double of(Model model) {
    Metric.Accumulator accumulator = metric.begin();
    try (Session session = backend.open(model, SessionOptions.DEFAULT);
        Stream<Batch> batches = data.batches(batchSize)) {
      batches.forEachOrdered(batch -> accumulator.add(batch, session.run(batch.inputs())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return accumulator.scores().values().stream()
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "metric %s returns no score on %s".formatted(metric.name(), data.description())));
  }
}
