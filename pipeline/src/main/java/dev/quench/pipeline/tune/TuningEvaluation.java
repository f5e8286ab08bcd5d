// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.fidelity.TensorFidelity;
import dev.quench.pipeline.ModelInputs;
import dev.quench.report.EvaluationReport;
import dev.quench.run.Backend;
import dev.quench.run.Metric;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.Optional;

/// The float model and the tuned one, side by side on the target's backend.
///
/// @param floatBytes size of the float model's file
/// @param tunedBytes size of the tuned model's file, where one is
record TuningEvaluation(TuningResult result, long floatBytes, long tunedBytes) {
  private static final int BATCH = 64;

  /// @param metric empty for fidelity to FP32
  EvaluationReport run(Dataset data, Optional<Metric> metric, Progress progress)
      throws IOException {
    Backend backend = result.outcome().space().target().backend(Optional.empty());
    ModelInputs inputs = ModelInputs.of(result.exact());
    boolean alone = InsertDynamicQuantization.isStamped(result.model());
    Evaluation evaluation =
        Evaluation.on(inputs.wholeBatches(data))
            .batchSize(inputs.batchSize(data.axes(), alone ? 1 : BATCH))
            .progress(progress)
            .add(new Candidate("fp32", result.exact(), backend, Precision.FP32, floatBytes));
    if (result.report().isPresent()) {
      evaluation.add(new Candidate("tuned", result.model(), backend, Precision.INT8, tunedBytes));
    }
    if (metric.isPresent()) {
      return evaluation.metric(metric.get()).run();
    }
    try (Session session =
        backend.open(result.exact(), SessionOptions.DEFAULT.withOptimization(false))) {
      return evaluation.fidelity(true).metric(new TensorFidelity(Reference.running(session))).run();
    }
  }
}
