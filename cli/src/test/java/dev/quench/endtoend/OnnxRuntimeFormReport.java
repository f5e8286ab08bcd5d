// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.int8.FormTrial;
import dev.quench.pipeline.int8.Int8Files;
import dev.quench.pipeline.int8.Int8Result;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.report.Environment;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Writes `docs/results/int8-onnxruntime.json`, one model a test: the forms that `quench int8`
/// tries on ONNX Runtime, their time and fidelity, and what the one it keeps scores on other data.
/// No part of the normal tests, as its name says to Surefire; run it by name, alone on the machine.
class OnnxRuntimeFormReport {
  private static final Path REPORT = Path.of("..", "docs", "results", "int8-onnxruntime.json");

  @TempDir private Path folder;
  private final ObjectMapper mapper = new ObjectMapper();

  @ParameterizedTest
  @CsvSource({"v3, auto", "v4, auto"})
  void detection(String version, String method) throws IOException {
    judge(RealNetwork.detector(version, 320), method, 64, 50);
  }

  @ParameterizedTest
  @CsvSource({"v3, auto", "v4, auto"})
  void recognition(String version, String method) throws IOException {
    judge(RealNetwork.recognizer(version, 128), method, 132, 500);
  }

  @Test
  void sentences() throws IOException {
    Optional<RealNetwork> encoder = RealNetwork.sentenceEncoder();
    assertThat(encoder).as("run with the profile real-models").isPresent();
    judge(encoder.get(), "minmax", 96, 200);
  }

  private void judge(RealNetwork network, String method, long calibration, long evaluation)
      throws IOException {
    Int8Result result =
        dev.quench.pipeline.int8.Int8Recipe.of(
                network.model().copy(),
                network.calibration(calibration),
                new Int8Files(folder, "network"))
            .settings(CalibrationSettings.DEFAULT.withMethod(RangeMethod.parse(method)))
            .bound(new LossBound(0, 1))
            .run();
    ObjectNode model = mapper.createObjectNode();
    model.put("calibration", network.calibration(calibration).description());
    model.put("method", method);
    ArrayNode trials = model.putArray("trials");
    for (FormTrial trial : result.onnxRuntime().trials()) {
      ObjectNode node = trials.addObject().put("form", trial.form().toString());
      switch (trial) {
        case FormTrial.Left left -> node.put("notTried", left.reason());
        case FormTrial.Measured measured -> {
          node.put("medianMillis", measured.millis())
              .put("floatMedianMillis", measured.floatMillis())
              .put("timeAgainstFp32", measured.ratio())
              .put("worstCosine", measured.worstCosine())
              .put("layers", measured.report().layers().size());
          EvaluationReport report =
              network.evaluate(measured.model(), network.evaluation(evaluation));
          node.set("fp32", scores(report.results().get(0)));
          node.set("int8", scores(report.results().get(1)));
        }
      }
      System.out.println(network.name() + ": " + node);
    }
    model.put(
        "fastest", result.onnxRuntime().best().map(best -> best.form().toString()).orElse("FP32"));
    ObjectNode facts = model.putObject("environment");
    Environment.current().facts().forEach(facts::put);
    write(network.name(), model);
  }

  private void write(String name, ObjectNode model) throws IOException {
    ObjectNode root =
        Files.exists(REPORT)
            ? (ObjectNode) mapper.readTree(REPORT.toFile())
            : mapper.createObjectNode();
    root.set(name, model);
    Files.writeString(REPORT, root.toPrettyString() + "\n");
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
    return node.put("sizeBytes", result.sizeBytes());
  }
}
