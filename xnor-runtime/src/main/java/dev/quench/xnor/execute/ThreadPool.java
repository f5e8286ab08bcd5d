// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Threads that share the tasks of one inference; each task has one part per thread. Tasks follow
/// each other within microseconds, so a waiting thread spins briefly before it parks. Any free
/// thread takes the next part, so a worker that the operating system does not schedule delays
/// nothing.
///
/// Serves one caller at a time; the caller counts as one of the threads. Do not close it from
/// inside a task.
public final class ThreadPool implements AutoCloseable {
  private static final int SPINS = 4_000;

  private final int size;
  private final Worker[] workers;

  /// Upper half: number of the round. Lower half: the next part to start.
  private final AtomicLong state = new AtomicLong();

  /// Unfinished parts of the round.
  private final AtomicInteger pending = new AtomicInteger();

  private volatile boolean closed;
  private volatile @Nullable ParallelTask current;
  private volatile @Nullable Thread waiting;
  private volatile @Nullable Throwable failure;

  /// @param threads their number, including the caller's
  public ThreadPool(int threads) {
    size = threads;
    workers = new Worker[threads - 1];
    state.set(threads); // no parts left to start
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker("quench-xnor-" + (i + 1));
      workers[i].start();
    }
  }

  /// Number of threads, including the caller's.
  public int size() {
    return size;
  }

  /// Runs `task` with one part per thread, or a small task as a whole in this thread. Returns when
  /// all parts are done. Rethrows what a part throws.
  public void run(ParallelTask task) {
    if (size == 1 || !task.isLarge()) {
      task.run(0, 1);
      return;
    }
    failure = null;
    pending.set(size);
    current = task;
    state.set(((state.get() >>> 32) + 1) << 32);
    for (Worker worker : workers) {
      if (worker.parked) {
        LockSupport.unpark(worker);
      }
    }
    while (runNextPart()) {
      // until all parts have started
    }
    awaitOthers();
    current = null;
    switch (failure) {
      case null -> {}
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }

  /// Returns false once all parts of the round have started.
  private boolean runNextPart() {
    long seen = state.get();
    int part = (int) seen;
    if (part >= size) {
      return false;
    }
    // Read before claiming the part: the round cannot end while a part is unclaimed.
    ParallelTask task = current;
    if (!state.compareAndSet(seen, seen + 1)) {
      return true;
    }
    try {
      Objects.requireNonNull(task).run(part, size);
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    if (pending.decrementAndGet() == 0) {
      LockSupport.unpark(waiting);
    }
    return true;
  }

  private void awaitOthers() {
    for (int spin = 0; pending.get() > 0; spin++) {
      if (spin < SPINS) {
        Thread.onSpinWait();
      } else {
        waiting = Thread.currentThread();
        if (pending.get() > 0) {
          LockSupport.park(this);
        }
      }
    }
    waiting = null;
  }

  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }

  private final class Worker extends Thread {
    private volatile boolean parked;

    Worker(String name) {
      super(name);
      setDaemon(true);
    }

    @Override
    public void run() {
      int spin = 0;
      while (!closed) {
        if (runNextPart()) {
          spin = 0;
        } else if (spin++ < SPINS) {
          Thread.onSpinWait();
        } else {
          parked = true;
          if ((int) state.get() >= size && !closed) {
            LockSupport.park(this);
          }
          parked = false;
          spin = 0;
        }
      }
    }
  }
}
