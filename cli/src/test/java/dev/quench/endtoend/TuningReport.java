// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.graph.Model;
import dev.quench.metric.classification.TopK;
import dev.quench.metric.fidelity.Reference;
import dev.quench.onnx.OnnxReader;
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
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Writes `docs/results/tuning.json`, one network a test: what `quantize --tune` measures on ONNX
/// Runtime, what it chooses, and what that scores on other data. No part of the normal tests, as
/// its name says to Surefire; run it by name, alone on the machine.
class TuningReport {
  private static final Path REPORT = Path.of("..", "docs", "results", "tuning.json");
  private static final int BUDGET = 40;
  private static final int SAMPLES = 100;

  /// Enough to see half a point.
  private static final int CLASSIFIED_SAMPLES = 1000;

  private static final LossBound ANY_LOSS = new LossBound(-1, 1);

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

  @Test
  void sentences() throws IOException {
    Optional<RealNetwork> encoder = RealNetwork.sentenceEncoder();
    assertThat(encoder).as("run with the profile real-models").isPresent();
    judge(encoder.get(), LossBound.ofCosine(0.985), 96, 200);
  }

  @Test
  void networkInNetwork() throws IOException {
    judgeOnFashionMnist("NIN of the demo", BundledFiles.model("nin-fashion-mnist.onnx"));
  }

  /// Of the file that the property names, as for [OnnxRuntimeFormReport].
  @Test
  void mobileNetV2() throws IOException {
    String file = System.getProperty(OnnxRuntimeFormReport.MOBILENET);
    assertThat(file)
        .as("run with -D%s=FILE, a MobileNet-v2 of 28 x 28", OnnxRuntimeFormReport.MOBILENET)
        .isNotNull();
    judgeOnFashionMnist("MobileNet-v2 on Fashion-MNIST", OnnxReader.read(Path.of(file)));
  }

  /// An untrained network on noise, whose time alone counts.
  @Test
  void siluDetector() throws IOException {
    Model model = OnnxRuntimeFormReport.detector(320);
    judge(
        "SiLU detector of 320 by 320, random weights",
        TuningRecipe.of(model.copy(), OnnxRuntimeFormReport.noise(320))
            .bound(ANY_LOSS)
            .samples(SAMPLES),
        _ -> Optional.empty());
  }

  private void judge(RealNetwork network, LossBound bound, long calibration, long evaluation)
      throws IOException {
    try (Session exact = new OnnxRuntimeBackend().open(network.model(), SessionOptions.DEFAULT)) {
      judge(
          network.name(),
          TuningRecipe.of(network.model().copy(), network.calibration(calibration))
              .metric(network.metric().apply(Reference.running(exact)))
              .bound(bound)
              .samples(SAMPLES),
          tuned -> Optional.of(network.evaluate(tuned, network.evaluation(evaluation))));
    }
  }

  private void judgeOnFashionMnist(String name, Model model) throws IOException {
    judge(
        name,
        TuningRecipe.of(model.copy(), BundledFiles.trainingImages())
            .metric(new TopK(List.of(1)))
            .bound(LossBound.ofDrop(0.005))
            .samples(CLASSIFIED_SAMPLES),
        tuned -> Optional.of(OnnxRuntimeFormReport.onTestImages(model, tuned)));
  }

  /// Scores a tuned model beside FP32 on other data; empty where time alone counts.
  @FunctionalInterface
  private interface Score {
    Optional<EvaluationReport> of(Model tuned) throws IOException;
  }

  private void judge(String name, TuningRecipe recipe, Score score) throws IOException {
    TuningResult result = recipe.budget(BUDGET).run();
    ObjectNode node = (ObjectNode) mapper.readTree(TuningJson.of(result.outcome()));
    Optional<EvaluationReport> report = score.of(result.model());
    if (report.isPresent()) {
      node.set("evaluation", mapper.readTree(report.get().toJson()).get("results"));
      System.out.println(report.get().toTable());
    }
    ObjectNode facts = node.putObject("environment");
    Environment.current().facts().forEach(facts::put);
    write(name, node);
    System.out.println(
        name + ": " + result.outcome().best().map(best -> best.verdict()).orElse("FP32 stays"));
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
