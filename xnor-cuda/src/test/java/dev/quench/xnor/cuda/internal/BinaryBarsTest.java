// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryBarsTest {
  @TempDir Path folder;

  private BinaryReport report;

  @BeforeEach
  void begin() {
    report = BinaryReport.in(folder, false);
  }

  private void figure(String contender, double millis) {
    report
        .array(BinaryPart.SQUARE, "figures")
        .addObject()
        .put("work", "product 8192x8192x8192")
        .put("contender", contender)
        .put("medianMillis", millis)
        .put("teraOperationsPerSecond", 1.1 / millis);
  }

  private BinaryBars.Judgement judge() {
    return BinaryBars.judge(report, BinaryPart.Sizes.onGpu());
  }

  @Test
  void holdWhereBinaryIsFasterByTheFactor() {
    figure("cuBLAS FP32", 34);
    figure("cuBLAS INT8", 15);
    figure("TENSOR_CORES", 10);
    assertThat(judge().missed()).isFalse();
    assertThat(report.result().at("/ratios/0/ratio").asDouble()).isEqualTo(3.4);
    assertThat(report.part(BinaryPart.SQUARE).at("/bars/1/holds").asBoolean()).isTrue();
  }

  @Test
  void areMissedWhereOneRatioIsLess() {
    figure("cuBLAS FP32", 34);
    figure("cuBLAS INT8", 14.9);
    figure("TENSOR_CORES", 10);
    assertThat(judge().missed()).isTrue();
    assertThat(judge().lines().get(1)).endsWith("1.49x, LESS THAN 1.5x");
  }

  @Test
  void takePopulationCountWhereTheTensorCoresFailed() {
    figure("cuBLAS FP32", 40);
    figure("POPCOUNT", 10);
    assertThat(judge().lines().getFirst())
        .isEqualTo("product 8192x8192x8192, POPCOUNT against cuBLAS FP32: 4.00x, at least 3.4x");
  }

  @Test
  void areOpenWhereAFigureIsMissing() {
    figure("TENSOR_CORES", 10);
    BinaryBars.Judgement judgement = judge();
    assertThat(judgement.missed()).isFalse();
    assertThat(judgement.lines().getFirst()).endsWith("cuBLAS FP32: not measured");
    assertThat(report.result().at("/ratios/0/ratio").isNull()).isTrue();
    assertThat(report.part(BinaryPart.SQUARE).path("bars")).isEmpty();
  }

  @Test
  void nameTheShareOfWhatTheInstructionGives() {
    figure("TENSOR_CORES", 1);
    report
        .array(BinaryPart.LIMIT, "figures")
        .addObject()
        .put("contender", "and.popc, 8 warps a multiprocessor")
        .put("teraOperationsPerSecond", 2.2);
    judge();
    assertThat(report.result().path("shareOfInstructionLimit").asDouble()).isEqualTo(0.5);
  }
}
