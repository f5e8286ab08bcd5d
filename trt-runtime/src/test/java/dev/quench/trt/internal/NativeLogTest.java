// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativeLogTest {
  private final NativeLog log = new NativeLog();

  @Test
  void givesWhatCameSinceAMarkErrorsFirst() {
    log.error("before");
    long mark = log.mark();
    log.warning("w1");
    log.error("e1");
    log.warning("w2");
    log.error("e2");
    assertThat(log.since(mark))
        .containsExactly("error: e1", "error: e2", "warning: w1", "warning: w2");
  }

  @Test
  void keepsWhyKernelsWereSkippedApart() {
    log.tactic("before");
    long mark = log.mark();
    log.error("e");
    log.tactic("t");
    assertThat(log.tacticsSince(mark)).containsExactly("t");
    assertThat(log.since(mark)).containsExactly("error: e");
  }

  @Test
  void keepsTheLatestLinesAndNoErrorIsLostToWarnings() {
    log.error("the reason");
    for (int i = 0; i < 1000; i++) {
      log.warning("w" + i);
    }
    assertThat(log.since(0)).hasSize(129).startsWith("error: the reason").endsWith("warning: w999");
  }

  @Test
  void escapesAndCutsLines() {
    log.error("  \u001b[2J" + "x".repeat(5000) + "\n");
    assertThat(log.since(0).getFirst())
        .startsWith("error: \\u{1b}[2Jxxx")
        .hasSizeLessThan(1100)
        .endsWith("…");
  }
}
