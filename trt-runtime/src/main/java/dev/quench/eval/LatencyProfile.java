// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Latency of one session under back-to-back calls from one thread, copies of inputs and outputs
/// included.
///
/// @param callsPerSecond counted calls over their summed time
public record LatencyProfile(LatencySummary latencyMillis, double callsPerSecond) {
  private static final int SIGNIFICANT_DIGITS = 3;

  /// Warms up, then measures; the progress counts milliseconds.
  public static LatencyProfile measure(
      Session session, Map<String, Tensor> inputs, ProfileOptions options, Progress progress) {
    Histogram nanos = new Histogram(TimeUnit.MINUTES.toNanos(10), SIGNIFICANT_DIGITS);
    progress.begin("profile", options.warmUpMillis() + options.durationMillis());
    try {
      long start = System.nanoTime();
      long reported = 0;
      long now = start;
      do {
        session.run(inputs);
        now = System.nanoTime();
        reported = report(progress, start, now, reported);
      } while (now - start < TimeUnit.MILLISECONDS.toNanos(options.warmUpMillis()));
      long measuring = now;
      long total = 0;
      while (nanos.getTotalCount() < options.minIterations()
          || now - measuring < TimeUnit.MILLISECONDS.toNanos(options.durationMillis())) {
        long before = System.nanoTime();
        session.run(inputs);
        now = System.nanoTime();
        nanos.recordValue(Math.min(now - before, nanos.getHighestTrackableValue()));
        total += now - before;
        reported = report(progress, start, now, reported);
      }
      return new LatencyProfile(LatencySummary.of(nanos), nanos.getTotalCount() / (total / 1e9));
    } finally {
      progress.end();
    }
  }

  private static long report(Progress progress, long start, long now, long reported) {
    long millis = TimeUnit.NANOSECONDS.toMillis(now - start);
    if (millis - reported >= 50) {
      progress.advance(millis - reported);
      return millis;
    }
    return reported;
  }
}
