// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One measurement of a [LatencyProfile].
final class LatencyRun {
  private static final long REPORT_MILLIS = 50;

  private final Session session;
  private final Map<String, Tensor> inputs;
  private final ProfileOptions options;
  private final Progress progress;
  private final AtomicLong calls = new AtomicLong();
  private volatile @Nullable Throwable failure;
  private long reported;

  LatencyRun(
      Session session, Map<String, Tensor> inputs, ProfileOptions options, Progress progress) {
    this.session = session;
    this.inputs = inputs;
    this.options = options;
    this.progress = progress;
  }

  LatencyProfile measure() {
    progress.begin("profile", options.warmUpMillis() + options.durationMillis());
    try {
      return options.streams() == 1 ? alone() : together();
    } finally {
      progress.end();
    }
  }

  /// Measures in the caller's thread.
  private LatencyProfile alone() {
    LatencyWorker worker = new LatencyWorker(session, inputs);
    long start = System.nanoTime();
    warmUp(worker, start, true);
    long measuring = System.nanoTime();
    count(worker, measuring, start, true);
    return LatencyProfile.of(worker, (System.nanoTime() - measuring) / 1e9, 1);
  }

  private LatencyProfile together() {
    List<LatencyWorker> workers = new ArrayList<>();
    CyclicBarrier warm = new CyclicBarrier(options.streams());
    CountDownLatch done = new CountDownLatch(options.streams());
    AtomicLong measuring = new AtomicLong();
    AtomicLong ended = new AtomicLong();
    long start = System.nanoTime();
    for (int i = 0; i < options.streams(); i++) {
      LatencyWorker worker = new LatencyWorker(session, inputs);
      workers.add(worker);
      Thread.ofPlatform()
          .name("profile-" + i)
          .daemon()
          .start(() -> {
            try {
              warmUp(worker, start, false);
              warm.await();
              measuring.compareAndSet(0, System.nanoTime());
              count(worker, measuring.get(), start, false);
              ended.accumulateAndGet(System.nanoTime(), LatencyRun::later);
            } catch (BrokenBarrierException e) {
              // Another thread failed, and its failure is reported.
            } catch (Throwable e) {
              failure = e;
              warm.reset();
            } finally {
              done.countDown();
            }
          });
    }
    await(done, start);
    rethrow();
    LatencyWorker all = workers.getFirst();
    workers.subList(1, workers.size()).forEach(all::add);
    return LatencyProfile.of(all, (ended.get() - measuring.get()) / 1e9, options.streams());
  }

  private static long later(long known, long now) {
    return known == 0 || now - known > 0 ? now : known;
  }

  private void warmUp(LatencyWorker worker, long start, boolean reporting) {
    worker.prepare();
    report(start, reporting);
    while (failure == null && elapsedMillis(start) < options.warmUpMillis()) {
      worker.warmUp();
      report(start, reporting);
    }
  }

  private void count(LatencyWorker worker, long measuring, long start, boolean reporting) {
    while (failure == null
        && (calls.get() < options.minIterations()
            || elapsedMillis(measuring) < options.durationMillis())) {
      worker.call();
      calls.incrementAndGet();
      report(start, reporting);
    }
  }

  private void await(CountDownLatch done, long start) {
    try {
      while (!done.await(REPORT_MILLIS, TimeUnit.MILLISECONDS)) {
        report(start, true);
      }
    } catch (InterruptedException e) {
      failure = new IllegalStateException("the measurement was interrupted", e);
      Thread.currentThread().interrupt();
    }
  }

  private void rethrow() {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException("the measurement failed: " + failure, failure);
    }
  }

  private void report(long start, boolean reporting) {
    long millis = elapsedMillis(start);
    if (reporting && millis - reported >= REPORT_MILLIS) {
      progress.advance(millis - reported);
      reported = millis;
    }
  }

  private static long elapsedMillis(long since) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }
}
