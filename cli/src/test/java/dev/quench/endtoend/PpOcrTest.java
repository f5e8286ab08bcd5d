// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.endtoend.Int8Recipe.Quantized;
import dev.quench.report.EvaluationReport;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The networks of PP-OCR in INT8, calibrated on some rendered text and judged on other text: the
/// bars of [RealModelsReport], on less text.
class PpOcrTest {
  @ParameterizedTest
  @ValueSource(strings = {"v3", "v4"})
  void detectorsFindTheSameLines(String version) throws IOException {
    EvaluationReport report = judged(RealNetwork.detector(version, 320), 24, 16, 30);
    assertThat(score(report, 1, "f1")).as(report::toTable).isGreaterThanOrEqualTo(0.98);
  }

  /// Version 4 needs more lines to be searched than a build has time for; see [RealModelsReport].
  @ParameterizedTest
  @ValueSource(strings = {"v3"})
  void recognizersLoseAtMostOnePoint(String version) throws IOException {
    EvaluationReport report = judged(RealNetwork.recognizer(version, 32), 48, 200, 15);
    double exact = score(report, 0, "textAccuracy");
    assertThat(exact).as(report::toTable).isGreaterThan(0.9);
    assertThat(score(report, 1, "textAccuracy"))
        .as(report::toTable)
        .isGreaterThanOrEqualTo(exact - 0.01);
  }

  @Test
  void theClassifierTellsTheSameDirections() throws IOException {
    EvaluationReport report = judged(RealNetwork.directionClassifier(), 48, 200, 30);
    assertThat(score(report, 0, "top1")).as(report::toTable).isGreaterThan(0.95);
    assertThat(score(report, 1, "top1Agreement")).as(report::toTable).isGreaterThanOrEqualTo(0.99);
  }

  /// @param layers at least so many in INT8
  private static EvaluationReport judged(
      RealNetwork network, long calibration, long evaluation, int layers) throws IOException {
    Quantized quantized = network.recipe().quantize(network, calibration);
    assertThat(quantized.sensitivity().reached()).as("goal reached").isTrue();
    assertThat(quantized.report().layers()).as("layers in INT8").hasSizeGreaterThan(layers);
    return network.evaluate(quantized.model(), network.evaluation(evaluation));
  }

  private static double score(EvaluationReport report, int result, String name) {
    return report.results().get(result).scores().get(name);
  }
}
