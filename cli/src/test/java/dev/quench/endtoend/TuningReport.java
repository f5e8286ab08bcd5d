// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.metric.fidelity.Reference;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.TuningJson;
import dev.quench.pipeline.tune.TuningRecipe;
import dev.quench.pipeline.tune.TuningResult;
import dev.quench.report.Environment;
import dev.quench.report.EvaluationReport;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Writes `docs/results/tuning.json`, one network a test: what `quantize --tune` measures on ONNX
/// Runtime, what it chooses, and what that scores on other data. No part of the normal tests, as
/// its name says to Surefire; run it by name, alone on the machine.
class TuningReport {
  private static final Path REPORT = Path.of("..", "docs", "results", "tuning.json");
  private static final int BUDGET = 40;

  private final ObjectMapper mapper = new ObjectMapper();

  @ParameterizedTest
  @CsvSource({"v4, 0.01", "v3, 0.01"})
  void detection(String version, double drop) throws IOException {
    judge(RealNetwork.detector(version, 320), LossBound.ofDrop(drop), 64, 50);
  }

  @ParameterizedTest
  @CsvSource({"v4, 0.01", "v3, 0.01"})
  void recognition(String version, double drop) throws IOException {
    judge(RealNetwork.recognizer(version, 128), LossBound.ofDrop(drop), 400, 500);
  }

  private void judge(RealNetwork network, LossBound bound, long calibration, long evaluation)
      throws IOException {
    try (Session exact = new OnnxRuntimeBackend().open(network.model(), SessionOptions.DEFAULT)) {
      TuningResult result =
          TuningRecipe.of(network.model().copy(), network.calibration(calibration))
              .metric(network.metric().apply(Reference.running(exact)))
              .bound(bound)
              .budget(BUDGET)
              .samples(100)
              .run();
      ObjectNode node = (ObjectNode) mapper.readTree(TuningJson.of(result.outcome()));
      EvaluationReport report = network.evaluate(result.model(), network.evaluation(evaluation));
      node.set("evaluation", mapper.readTree(report.toJson()).get("results"));
      ObjectNode facts = node.putObject("environment");
      Environment.current().facts().forEach(facts::put);
      write(network.name(), node);
      System.out.println(
          network.name()
              + ": "
              + result.outcome().best().map(best -> best.verdict()).orElse("FP32 stays"));
      System.out.println(report.toTable());
    }
  }

  private void write(String name, ObjectNode node) throws IOException {
    ObjectNode root =
        Files.exists(REPORT)
            ? (ObjectNode) mapper.readTree(REPORT.toFile())
            : mapper.createObjectNode();
    root.set(name, node);
    Files.writeString(REPORT, root.toPrettyString() + "\n");
  }
}
