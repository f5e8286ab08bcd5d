// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class McNemarTestTest {
  @Test
  void equalsTheBinomialByHand() {
    // 2 (1 + 10 + 45) / 1024.
    assertThat(new McNemarTest(2, 8).probability()).isCloseTo(112 / 1024.0, within(1e-12));
    assertThat(new McNemarTest(8, 2).probability()).isCloseTo(112 / 1024.0, within(1e-12));
  }

  @Test
  void noDifferenceProvesNothing() {
    assertThat(new McNemarTest(0, 0).probability()).isEqualTo(1);
    assertThat(new McNemarTest(7, 7).probability()).isEqualTo(1);
  }

  @Test
  void manySamplesNeitherOverflowNorVanish() {
    // Normal approximation with continuity: z = 631 / sqrt(100632) = 1.989, p = 0.0467.
    assertThat(new McNemarTest(50_000, 50_632).probability()).isCloseTo(0.0467, within(1e-4));
    assertThat(new McNemarTest(0, 5000).probability()).isZero();
  }

  @Test
  void wilsonStaysWithinShares() {
    assertThat(WilsonInterval.of(1, 10).high()).isEqualTo(1);
    assertThat(WilsonInterval.of(0, 10).low()).isZero();
    // 0.5 of 100: 0.4038 to 0.5962.
    assertThat(WilsonInterval.of(0.5, 100).low()).isCloseTo(0.40383, within(1e-5));
    assertThat(WilsonInterval.of(0.5, 100).high()).isCloseTo(0.59617, within(1e-5));
    assertThatIllegalArgumentException().isThrownBy(() -> WilsonInterval.of(1.5, 10));
  }
}
