// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What the parts of a call take on a GPU, in milliseconds, between events on the stream.
///
/// @param upload copying inputs from the host
/// @param compute the engine itself
/// @param download copying outputs to the host
/// @param enqueue the host handing the engine's work to the driver
public record StageSummary(
    LatencySummary upload,
    LatencySummary compute,
    LatencySummary download,
    LatencySummary enqueue) {
  /// From this share of the GPU's time on, the host's time to enqueue is said to bound throughput;
  /// as trtexec does.
  private static final double ENQUEUE_BOUND = 0.8;

  /// Deviation of the GPU's time, over its mean, that is said to be unstable.
  private static final double UNSTABLE = 0.05;

  /// What keeps the figures from being those of the engine; one line each.
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
          "the GPU's time varies by %.1f %% of its mean; lock its clocks or let nothing else use it"
              .formatted(100 * compute.coefficientOfVariation()));
    }
    return warnings;
  }

  private static String text(double millis) {
    return String.format(Locale.ROOT, "%.3f", millis);
  }
}
