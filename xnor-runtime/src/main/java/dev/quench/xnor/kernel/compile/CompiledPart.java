// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.compile;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// A part of a vector kernel and whether C2 has compiled it. A background thread warms up a part on
/// the first request; until then plain Java stands in. Thread-safe.
public final class CompiledPart {
  private static final int NOT_ASKED_FOR = 0;
  private static final int COMPILING = 1;
  private static final int READY = 2;

  /// C2 did not remove the allocations, or plain Java is faster: plain Java stays.
  private static final int REJECTED = 3;

  /// One thread, which ends after an idle second.
  private static final ThreadPoolExecutor WARM_UPS =
      new ThreadPoolExecutor(
          1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), CompiledPart::daemon);

  static {
    WARM_UPS.allowCoreThreadTimeOut(true);
  }

  private final String name;
  private final Supplier<WarmUp> warmUp;
  private final AtomicInteger state = new AtomicInteger(NOT_ASKED_FOR);

  /// @param name for the log
  /// @param warmUp called once, in the background, on the first request
  public CompiledPart(String name, Supplier<WarmUp> warmUp) {
    this.name = name;
    this.warmUp = warmUp;
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "quench-xnor-warm-up");
    thread.setDaemon(true);
    return thread;
  }

  /// Returns whether the part is compiled; the first call requests its compilation.
  public boolean isReady() {
    int now = state.get();
    if (now == NOT_ASKED_FOR && state.compareAndSet(NOT_ASKED_FOR, COMPILING)) {
      WARM_UPS.execute(this::compile);
    }
    return now == READY;
  }

  private void compile() {
    boolean ready = warmUp.get().run();
    state.set(ready ? READY : REJECTED);
    if (!ready) {
      System.getLogger(CompiledPart.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "Some layers run in plain Java: for {0}, compiled vector code is missing or slower.",
              name);
    }
  }

  /// Waits until all parts requested so far have finished compiling. Warm-ups run in sequence, so
  /// all have ended once this last task has.
  public static void settle() {
    try {
      WARM_UPS.submit(() -> {}).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("an empty task failed", e);
    }
  }
}
