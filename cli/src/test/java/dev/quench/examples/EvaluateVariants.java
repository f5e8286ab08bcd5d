// SPDX-License-Identifier: Apache-2.0
package dev.quench.examples;

import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.metric.classification.TopK;
import dev.quench.onnx.OnnxReader;
import dev.quench.report.EvaluationReport;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Evaluates two variants of a model side by side and prints the report.
final class EvaluateVariants {
  private EvaluateVariants() {}

  static EvaluationReport run(Path fp32, Path int8, Dataset data) throws IOException {
    Backend backend = Backends.named("onnxruntime");
    EvaluationReport report =
        Evaluation.on(data)
            .metric(new TopK())
            .add(
                new Candidate(
                    "fp32", OnnxReader.read(fp32), backend, Precision.FP32, Files.size(fp32)))
            .add(
                new Candidate(
                    "int8", OnnxReader.read(int8), backend, Precision.INT8, Files.size(int8)))
            .run();
    System.out.println(report.toTable());
    return report;
  }
}
