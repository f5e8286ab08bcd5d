// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import org.HdrHistogram.Histogram;

/// Percentiles of the time of one call, in milliseconds; resolution three significant digits.
///
/// @param coefficientOfVariation standard deviation over mean: above about 0.2 the machine was not
///   idle
public record LatencySummary(
    double p50,
    double p90,
    double p95,
    double p99,
    double mean,
    double min,
    double max,
    double coefficientOfVariation,
    long calls) {
  private static final double NANOS_PER_MILLI = 1e6;

  public static LatencySummary of(Histogram nanos) {
    double mean = nanos.getMean();
    return new LatencySummary(
        nanos.getValueAtPercentile(50) / NANOS_PER_MILLI,
        nanos.getValueAtPercentile(90) / NANOS_PER_MILLI,
        nanos.getValueAtPercentile(95) / NANOS_PER_MILLI,
        nanos.getValueAtPercentile(99) / NANOS_PER_MILLI,
        mean / NANOS_PER_MILLI,
        nanos.getMinValue() / NANOS_PER_MILLI,
        nanos.getMaxValue() / NANOS_PER_MILLI,
        mean == 0 ? 0 : nanos.getStdDeviation() / mean,
        nanos.getTotalCount());
  }
}
