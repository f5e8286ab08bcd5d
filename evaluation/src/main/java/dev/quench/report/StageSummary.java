// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Durations of the parts of a call on a GPU, in milliseconds, between events on the stream.
///
/// @param upload copying inputs from the host
/// @param compute the engine itself
/// @param download copying outputs to the host
/// @param enqueue the host enqueueing the engine's work with the driver
public record StageSummary(
    LatencySummary upload,
    LatencySummary compute,
    LatencySummary download,
    LatencySummary enqueue) {
  /// The share of the GPU's time from which enqueueing on the host triggers a warning, like in
  /// trtexec.
  private static final double ENQUEUE_BOUND = 0.8;

  /// Coefficient of variation of the GPU's time that triggers a warning.
  private static final double UNSTABLE = 0.05;

  /// Reasons why the figures may not reflect the engine; one line each.
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (enqueue.p50() > ENQUEUE_BOUND * compute.p50()) {
      warnings.add(
          "the host takes %s ms to enqueue what the GPU computes in %s ms, so enqueueing may bound throughput; use CUDA graphs or larger batches"
              .formatted(text(enqueue.p50()), text(compute.p50())));
    }
    if (upload.p50() > compute.p50()) {
      warnings.add(
          "copying inputs takes %s ms, computing %s ms, so copies may bound throughput; keep inputs on the GPU"
              .formatted(text(upload.p50()), text(compute.p50())));
    }
    if (download.p50() > compute.p50()) {
      warnings.add(
          "copying outputs takes %s ms, computing %s ms, so copies may bound throughput; keep outputs on the GPU"
              .formatted(text(download.p50()), text(compute.p50())));
    }
    if (compute.coefficientOfVariation() > UNSTABLE) {
      warnings.add(
          "the GPU's time varies by %.1f %% of its mean; lock its clocks or stop other programs that use it"
              .formatted(100 * compute.coefficientOfVariation()));
    }
    return warnings;
  }

  private static String text(double millis) {
    return String.format(Locale.ROOT, "%.3f", millis);
  }
}
