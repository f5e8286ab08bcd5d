// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quench.calibration.CalibrationTable;
import dev.quench.data.Dataset;
import dev.quench.eval.TensorComparison;
import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import dev.quench.trt.Int8Calibration;
import dev.quench.trt.JavaProcess;
import dev.quench.trt.QuantizedConvolutions;
import dev.quench.trt.TensorRtProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A GPU is rare: what the steps do besides using it must work before.
class GpuStepsOnCpuTest {
  private static final Path DEMO = Path.of("../cli/src/main/resources/dev/quench/cli/demo");

  @TempDir static Path suite;
  @TempDir Path folder;

  @BeforeAll
  static void prepare() throws IOException {
    System.setProperty("quench.suite", suite.toString());
    Files.createSymbolicLink(suite.resolve("models"), DEMO.toAbsolutePath());
    Files.createSymbolicLink(suite.resolve("data"), DEMO.toAbsolutePath());
  }

  @Test
  void classifiesTheBundledImages() throws Exception {
    try (Session session =
        new OnnxRuntimeBackend().open(SuiteModels.nin(), SessionOptions.DEFAULT)) {
      Dataset data = SuiteModels.fashion(false).limit(300);
      Measures.Classified whole = Measures.classify(session, data, 200);
      assertThat(whole.top1()).isGreaterThan(0.85);
      assertThat(whole.logits().shape().size(0)).isEqualTo(300);
      var node = JsonNodeFactory.instance.objectNode();
      Measures.compare(node, whole.logits(), Measures.classify(session, data, 300).logits());
      assertThat(node.path("cosine").asDouble()).isGreaterThan(0.999999);
    }
  }

  @Test
  void quantizesTheDetector() throws Exception {
    Model model = SuiteModels.detector();
    String input = model.graph().requiredInputs().getFirst().name();
    Map<String, Tensor> pages = Map.of(input, SuiteModels.pages(1, 3));
    Model quantized = QuantizedConvolutions.of(model, pages);
    TensorComparison comparison = TensorComparison.of(run(model, pages), run(quantized, pages));
    assertThat(comparison.cosine()).isGreaterThan(0.9);
  }

  @Test
  void calibratesEveryTensorOfTheClassifier() throws Exception {
    CalibrationTable table =
        CalibrationStep.ours(
            SuiteModels.nin(),
            SuiteModels.fashion(true).limit(8),
            Int8Calibration.Calibrator.ENTROPY);
    assertThat(table.names()).contains("image", "logits");
    table.requireModel(SuiteModels.nin());
  }

  /// One line, and no crash.
  @Test
  void endsInOneLineWithoutGpu() throws Exception {
    assumeFalse(TensorRtProbe.availability().isAvailable(), "there is a GPU");
    JavaProcess process =
        JavaProcess.run(
            Files.createDirectory(folder.resolve("run")), Map.of(), List.of(), GpuSuite.class);
    assertThat(process.exitCode()).isEqualTo(1);
    assertThat(process.output().lines())
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith("gpu-suite: TensorRT is not available: "));
    assertThat(process.crashReports()).isEmpty();
  }

  private static Tensor run(Model model, Map<String, Tensor> inputs) {
    try (Session session = new OnnxRuntimeBackend().open(model, SessionOptions.DEFAULT)) {
      return Measures.only(session.run(inputs));
    }
  }
}
