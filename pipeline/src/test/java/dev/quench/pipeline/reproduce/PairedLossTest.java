// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairedLossTest {
  private static CorrectBits bits(int... correct) {
    List<Integer> predictions = Arrays.stream(correct).boxed().toList();
    return CorrectBits.of(predictions, Collections.nCopies(correct.length, 1));
  }

  @Test
  void countsWhereTheNetworksDiffer() {
    PairedLoss loss =
        PairedLoss.of(
            List.of(
                new PairedLoss.Pair(bits(1, 1, 1, 0, 0, 1, 1, 1), bits(1, 0, 0, 0, 1, 1, 1, 1))));

    assertThat(loss).isEqualTo(new PairedLoss(1, 8, 2, 1));
    assertThat(loss.points()).isCloseTo(100.0 / 8, within(1e-12));
    assertThat(loss.standardError()).isCloseTo(100 * Math.sqrt(3 - 1 / 8.0) / 8, within(1e-12));
  }

  /// The loss is the difference of the mean accuracies.
  @Test
  void poolsSeeds() {
    PairedLoss loss =
        PairedLoss.of(
            List.of(
                new PairedLoss.Pair(bits(1, 1, 0, 1), bits(1, 0, 0, 0)),
                new PairedLoss.Pair(bits(1, 0, 0, 1), bits(1, 1, 1, 1))));

    assertThat(loss).isEqualTo(new PairedLoss(2, 8, 2, 2));
    assertThat(loss.points()).isZero();
    assertThat(loss.chiSquare()).isZero();
  }

  /// A worked example: 101 and 59 of 314 pairs differ; (|101 - 59| - 1)^2 / 160 = 10.506.
  @Test
  void computesMcNemarsStatistic() {
    assertThat(new PairedLoss(1, 314, 101, 59).chiSquare()).isCloseTo(10.50625, within(1e-9));
  }

  @Test
  void allowsThePublishedLossAndTwoErrors() {
    PairedLoss loss = new PairedLoss(1, 10_000, 120, 100);
    assertThat(loss.allowed(0.08))
        .isCloseTo(0.08 + 2 * 100 * Math.sqrt(220 - 0.04) / 10_000, within(1e-9));
  }

  @Test
  void negativeWhereTheRowIsBetter() {
    assertThat(new PairedLoss(1, 100, 1, 3).points()).isEqualTo(-2);
  }

  @Test
  void refusesAnotherNumberOfSamples() {
    assertThatThrownBy(() -> PairedLoss.of(List.of(new PairedLoss.Pair(bits(1, 1, 1), bits(1, 1)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("3 samples against 2");
  }
}
