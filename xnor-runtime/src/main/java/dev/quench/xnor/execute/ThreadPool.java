// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Threads that share the tasks of one inference, each task split in as many parts. Tasks follow
/// each other within microseconds, so a waiting thread first spins, but only briefly, then parks. A
/// part that nobody has begun is done by whoever is free, so that a worker without a processor
/// costs no more than having none.
///
/// For one user at a time, who is the first of its threads. Close it from outside its tasks.
public final class ThreadPool implements AutoCloseable {
  private static final int SPINS = 4_000;

  private final int size;
  private final Worker[] workers;

  /// Number of the round in the upper half, the next part to begin in the lower one.
  private final AtomicLong state = new AtomicLong();

  /// Parts of the round that are not done.
  private final AtomicInteger pending = new AtomicInteger();

  private volatile boolean closed;
  private volatile @Nullable ParallelTask current;
  private volatile @Nullable Thread waiting;
  private volatile @Nullable Throwable failure;

  /// @param threads the caller's and its workers' together
  public ThreadPool(int threads) {
    size = threads;
    workers = new Worker[threads - 1];
    state.set(threads); // nothing left to begin
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker("quench-xnor-" + (i + 1));
      workers[i].start();
    }
  }

  public int size() {
    return size;
  }

  /// Runs `task` in as many parts as there are threads, or a small one whole in this thread, and
  /// returns when all are done. What a part throws comes out here.
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
      // until all are begun
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

  /// False when all parts of the round are begun.
  private boolean runNextPart() {
    long seen = state.get();
    int part = (int) seen;
    if (part >= size) {
      return false;
    }
    // Read before the part is taken: as long as it is free, its round is not over.
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
