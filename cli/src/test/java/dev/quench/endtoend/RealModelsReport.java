// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.compress.quantize.QuantizationReport.LeftFloat;
import dev.quench.endtoend.Int8Recipe.Quantized;
import dev.quench.report.Environment;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Writes `docs/results/real-models.json`, one model a test: 50 pages, 500 lines, 200 sentences. No
/// part of the normal tests, as its name says to Surefire; run it by name, with the profile
/// `real-models`.
class RealModelsReport {
  private static final Path REPORT = Path.of("..", "docs", "results", "real-models.json");
  private static final int SIDE = 480;

  private final ObjectMapper mapper = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(strings = {"v3", "v4"})
  void detection(String version) throws IOException {
    List<EvaluationResult> pages = judge(RealNetwork.detector(version, SIDE), 32, 50);
    assertThat(pages.get(1).scores().get("f1")).isGreaterThanOrEqualTo(0.98);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v3", "v4"})
  void recognition(String version) throws IOException {
    List<EvaluationResult> lines = judge(RealNetwork.recognizer(version, 128), 100, 500);
    assertThat(lines.get(1).scores().get("textAccuracy"))
        .isGreaterThanOrEqualTo(lines.get(0).scores().get("textAccuracy") - 0.01);
  }

  @Test
  void direction() throws IOException {
    List<EvaluationResult> lines = judge(RealNetwork.directionClassifier(), 100, 500);
    assertThat(lines.get(1).scores().get("top1Agreement")).isGreaterThanOrEqualTo(0.99);
  }

  @Test
  void sentences() throws IOException {
    List<EvaluationResult> sentences = judge(RealNetwork.sentenceEncoder().orElseThrow(), 64, 200);
    assertThat(sentences.get(1).scores().get("embeddingCosineMin")).isGreaterThanOrEqualTo(0.98);
  }

  private List<EvaluationResult> judge(RealNetwork network, long calibration, long evaluation)
      throws IOException {
    Quantized quantized = network.recipe().quantize(network, calibration);
    EvaluationReport report = network.evaluate(quantized.model(), network.evaluation(evaluation));
    System.out.println(network.name() + "\n" + report.toTable());
    ObjectNode model = mapper.createObjectNode();
    model.put("calibration", network.calibration(calibration).description());
    model.put("evaluation", network.evaluation(evaluation).description());
    model.put("nodes", quantized.nodes());
    model.put("layersInt8", quantized.report().layers().size());
    model.put("layersFloat", quantized.report().leftFloat().size());
    ObjectNode reasons = model.putObject("layersFloatByReason");
    quantized.report().leftFloat().stream()
        .collect(
            Collectors.groupingBy(RealModelsReport::reason, TreeMap::new, Collectors.counting()))
        .forEach(reasons::put);
    ArrayNode excluded = model.putArray("excludedForAccuracy");
    quantized.sensitivity().excludedNodes().forEach(excluded::add);
    model.put("method", quantized.method());
    EvaluationResult exact = report.results().get(0);
    EvaluationResult int8 = report.results().get(1);
    model.set("fp32", scores(exact));
    model.set("int8", scores(int8));
    model.put("sizeRatio", Math.round(100.0 * exact.sizeBytes() / int8.sizeBytes()) / 100.0);
    ObjectNode facts = model.putObject("environment");
    Environment.current().facts().forEach(facts::put);
    write(network.name(), model);
    return report.results();
  }

  /// Leaves the other models as they are.
  private void write(String name, ObjectNode model) throws IOException {
    ObjectNode root =
        Files.exists(REPORT)
            ? (ObjectNode) mapper.readTree(REPORT.toFile())
            : mapper.createObjectNode();
    root.set(name, model);
    Files.createDirectories(REPORT.getParent());
    Files.writeString(REPORT, root.toPrettyString() + "\n");
  }

  /// The same reason for layers that differ in the numbers it names.
  private static String reason(LeftFloat left) {
    String reason = left.reason();
    if (reason.startsWith("its ") && reason.contains("INT8 gains nothing")) {
      return "small: INT8 gains nothing";
    }
    return reason.startsWith("grouped")
        ? "grouped: not a shape that TensorRT runs in INT8"
        : reason;
  }

  private ObjectNode scores(EvaluationResult result) {
    ObjectNode node = mapper.createObjectNode();
    result
        .scores()
        .forEach((name, score) -> {
          if (Double.isFinite(score)) {
            node.put(name, score);
          }
        });
    node.put("sizeBytes", result.sizeBytes());
    return node;
  }
}
