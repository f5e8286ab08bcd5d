// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.report.latency.LatencyDistribution;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyDistributionTest {
  private static Histogram histogram(long... nanos) {
    Histogram histogram = new Histogram(60_000_000_000L, 3);
    for (long each : nanos) {
      histogram.recordValue(each);
    }
    return histogram;
  }

  @Test
  void everyCallIsInAStepOrBeyondAll() {
    Histogram nanos = new Histogram(60_000_000_000L, 3);
    for (int call = 0; call < 1000; call++) {
      nanos.recordValue(1_000_000 + call * 500L);
    }
    LatencyDistribution found = LatencyDistribution.of(nanos);
    long counted = found.calls().stream().mapToLong(Long::longValue).sum();
    assertThat(counted + found.beyond()).isEqualTo(1000);
    assertThat(found.beyond()).isBetween(0L, 20L);
    assertThat(found.lowMillis()).isCloseTo(1.0, within(0.01));
    assertThat(found.highMillis()).isBetween(1.48, 1.53);
  }

  @Test
  void aFewSlowCallsDoNotSqueezeTheOthers() {
    LatencyDistribution found =
        LatencyDistribution.of(histogram(1_000_000, 1_100_000, 1_200_000, 900_000_000));
    assertThat(found.highMillis()).isLessThan(4);
    assertThat(found.beyond()).isEqualTo(1);
  }

  @Test
  void oneCallIsOneStep() {
    LatencyDistribution found = LatencyDistribution.of(histogram(2_000_000));
    assertThat(found.calls()).contains(1L);
    assertThat(found.beyond()).isZero();
  }
}
