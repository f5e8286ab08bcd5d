// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.report.LatencySummary;
import dev.quench.report.StageSummary;
import dev.quench.report.latency.LatencyDistribution;
import dev.quench.run.Session;
import dev.quench.run.StageTimes;
import dev.quench.run.StagedSession;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Calls a session repeatedly and records the duration of each call. For one thread.
final class LatencyWorker {
  private static final int SIGNIFICANT_DIGITS = 3;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Session session;
  private final Map<String, Tensor> inputs;
  private final Histogram host = histogram();
  private final Histogram upload = histogram();
  private final Histogram compute = histogram();
  private final Histogram download = histogram();
  private final Histogram enqueue = histogram();

  LatencyWorker(Session session, Map<String, Tensor> inputs) {
    this.session = session;
    this.inputs = inputs;
  }

  /// The first call, which includes just-in-time compilation.
  void prepare() {
    session.warmUp(inputs);
  }

  /// One call that is not counted.
  void warmUp() {
    if (session instanceof StagedSession staged) {
      staged.time(inputs);
    } else {
      session.run(inputs);
    }
  }

  /// One counted call.
  void call() {
    if (session instanceof StagedSession staged) {
      StageTimes times = staged.time(inputs);
      record(host, times.host());
      record(upload, times.upload());
      record(compute, times.compute());
      record(download, times.download());
      record(enqueue, times.enqueue());
    } else {
      long before = System.nanoTime();
      session.run(inputs);
      host.recordValue(clamp(System.nanoTime() - before));
    }
  }

  /// Adds the durations of another worker.
  void add(LatencyWorker other) {
    host.add(other.host);
    upload.add(other.upload);
    compute.add(other.compute);
    download.add(other.download);
    enqueue.add(other.enqueue);
  }

  LatencySummary latency() {
    return LatencySummary.of(host);
  }

  LatencyDistribution distribution() {
    return LatencyDistribution.of(host);
  }

  boolean isStaged() {
    return compute.getTotalCount() > 0;
  }

  StageSummary stages() {
    return new StageSummary(
        LatencySummary.of(upload),
        LatencySummary.of(compute),
        LatencySummary.of(download),
        LatencySummary.of(enqueue));
  }

  private static void record(Histogram nanos, double millis) {
    nanos.recordValue(clamp(Math.round(millis * NANOS_PER_MILLI)));
  }

  private static long clamp(long nanos) {
    return Math.clamp(nanos, 0, TimeUnit.MINUTES.toNanos(10));
  }

  private static Histogram histogram() {
    return new Histogram(TimeUnit.MINUTES.toNanos(10), SIGNIFICANT_DIGITS);
  }
}
