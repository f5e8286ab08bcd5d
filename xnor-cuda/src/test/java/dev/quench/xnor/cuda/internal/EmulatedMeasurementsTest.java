// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The measurements on a small scale, in emulation: what they do besides using a GPU works before.
@Tag("emulation")
class EmulatedMeasurementsTest {
  @TempDir static Path compiled;

  private static Path library;

  @TempDir Path folder;

  private BinaryReport report;

  @BeforeAll
  static void compile() throws Exception {
    library = EmulatedDevice.compile(compiled);
  }

  @BeforeEach
  void begin() {
    report = BinaryReport.in(folder, false);
  }

  private boolean run(BinaryPart part) {
    report.begin(part);
    try (Laboratory laboratory = new EmulatedLaboratory(library)) {
      return part.run(laboratory, BinaryPart.Sizes.inEmulation(), report);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EXACTNESS")
  void giveAFigureForEveryContender(BinaryPart part) throws Exception {
    assertThat(run(part)).isTrue();
    JsonNode onDisk = new ObjectMapper().readTree(folder.resolve("gpu-binary.json").toFile());
    JsonNode figures = onDisk.at("/result/parts/" + part.label() + "/figures");
    assertThat(figures).isNotEmpty();
    assertThat(figures)
        .allSatisfy(figure -> {
          assertThat(figure.path("status").asText()).isEqualTo("done");
          assertThat(figure.path("medianMillis").asDouble()).isPositive();
        });
  }

  @Test
  void areJudgedAsFarAsTheyWereTaken() {
    run(BinaryPart.SQUARE);
    run(BinaryPart.LIMIT);
    assertThat(BinaryBars.judge(report, BinaryPart.Sizes.inEmulation()).lines())
        .hasSize(11)
        .filteredOn(line -> !line.endsWith(": not measured"))
        .satisfiesExactly(
            line -> assertThat(line).contains("80x80x80, TENSOR_CORES against cuBLAS FP32: "),
            line -> assertThat(line).contains("80x80x80, TENSOR_CORES against cuBLAS INT8: "),
            line -> assertThat(line).endsWith("TOPS that the instruction gives from registers"));
  }
}
