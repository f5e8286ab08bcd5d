// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/// How many calls took how long: equal steps from the fastest call to the 99th percentile, or to
/// three times the median, beyond which single slow calls would squeeze all others into one step.
///
/// @param lowMillis where the first step begins
/// @param stepMillis width of a step
/// @param calls in each step
/// @param beyond calls that took longer than all steps
public record LatencyDistribution(
    double lowMillis, double stepMillis, List<Long> calls, long beyond) {
  private static final int STEPS = 40;
  private static final double SHOWN_PERCENTILE = 99;
  private static final long SHOWN_MEDIANS = 3;
  private static final double NANOS_PER_MILLI = 1e6;

  public LatencyDistribution {
    calls = List.copyOf(calls);
  }

  /// @param nanos durations of calls, at least one
  public static LatencyDistribution of(Histogram nanos) {
    long low = nanos.getMinValue();
    long high =
        Math.min(
            nanos.getValueAtPercentile(SHOWN_PERCENTILE),
            SHOWN_MEDIANS * nanos.getValueAtPercentile(50));
    long step = Math.max(1, Math.ceilDiv(high - low + 1, STEPS));
    List<Long> calls = new ArrayList<>();
    long counted = 0;
    for (int i = 0; i < STEPS; i++) {
      long upTo = nanos.getCountBetweenValues(0, low + (i + 1) * step - 1);
      calls.add(upTo - counted);
      counted = upTo;
    }
    return new LatencyDistribution(
        low / NANOS_PER_MILLI, step / NANOS_PER_MILLI, calls, nanos.getTotalCount() - counted);
  }

  /// Where the last step ends.
  public double highMillis() {
    return lowMillis + stepMillis * calls.size();
  }
}
