// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.run.Metric;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;

/// The metric that variants of one model are judged by, where the data have labels.
public final class LabelMetric {
  private LabelMetric() {}

  /// @return empty for fidelity to FP32, which data without labels are judged by
  public static Optional<Metric> of(
      MetricOptions metric, ModelFile file, Dataset dataset, QuenchCommand command)
      throws IOException {
    if (metric.isNone() || metric.needsReference()) {
      command.note(
          "note: models and forms are judged by their fidelity to FP32; score them by a metric with a reference in quench eval");
      return Optional.empty();
    }
    try (Stream<Batch> batches = dataset.batches(1)) {
      if (batches.findFirst().map(Batch::labels).orElse(new Labels.None())
          instanceof Labels.None none) {
        command.note(
            "note: the data have "
                + none.kind()
                + ", so models are judged by their fidelity to FP32");
        return Optional.empty();
      }
    }
    return metric.metric(file.model(), Optional.empty());
  }
}
