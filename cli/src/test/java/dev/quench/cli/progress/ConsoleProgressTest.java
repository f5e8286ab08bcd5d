// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConsoleProgressTest {
  @Test
  void aLongTaskLeavesRoomForTheBar() {
    assertThat(ConsoleProgress.shortened("calibrate")).isEqualTo("calibrate");
    assertThat(ConsoleProgress.shortened("nin.int8.onnxruntime on onnxruntime (INT8)"))
        .startsWith("nin.int8.onnx")
        .endsWith("(INT8)")
        .hasSize(32);
  }
}
