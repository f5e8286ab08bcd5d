// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.internal;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Threads that share the steps of one inference, by a static split. Steps follow each other within
/// microseconds, so a waiting thread first spins, but only briefly, then parks.
///
/// For one user at a time, who is the first of its threads. Close it from outside its work.
public final class Team implements AutoCloseable {
  private static final int SPINS = 4_000;

  /// Work that can be split.
  @FunctionalInterface
  public interface Work {
    /// Does its share.
    ///
    /// @param part of `[0, parts)`
    void run(int part, int parts);
  }

  private final Worker[] workers;
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger round = new AtomicInteger();
  private volatile boolean closed;
  private volatile @Nullable Work work;
  private volatile @Nullable Thread waiting;
  private volatile @Nullable Throwable failure;

  /// @param threads of the caller and its helpers together
  public Team(int threads) {
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  public int size() {
    return workers.length + 1;
  }

  /// Runs `task` in all parts and returns when all are done.
  public void run(Work task) {
    if (workers.length == 0) {
      task.run(0, 1);
      return;
    }
    work = task;
    failure = null;
    pending.set(workers.length);
    round.incrementAndGet();
    for (Worker worker : workers) {
      if (worker.parked) {
        LockSupport.unpark(worker);
      }
    }
    try {
      task.run(0, workers.length + 1);
    } finally {
      await();
    }
    Throwable thrown = failure;
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
  }

  private void await() {
    for (int spin = 0; pending.get() > 0; spin++) {
      if (spin < SPINS) {
        Thread.onSpinWait();
      } else {
        waiting = Thread.currentThread();
        if (pending.get() > 0) {
          LockSupport.parkNanos(this, 100_000);
        }
      }
    }
    waiting = null;
    work = null;
  }

  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }

  private final class Worker extends Thread {
    private final int part;
    private volatile boolean parked;

    Worker(int part) {
      super("quench-xnor-" + part);
      this.part = part;
      setDaemon(true);
    }

    @Override
    public void run() {
      int done = 0;
      while (awaitRound(done)) {
        done = round.get();
        Work task = Objects.requireNonNull(work);
        try {
          task.run(part, workers.length + 1);
        } catch (RuntimeException | Error e) {
          failure = e;
        }
        Thread user = waiting;
        if (pending.decrementAndGet() == 0) {
          LockSupport.unpark(user);
        }
      }
    }

    /// False once the team is closed.
    private boolean awaitRound(int done) {
      for (int spin = 0; round.get() == done && !closed; spin++) {
        if (spin < SPINS) {
          Thread.onSpinWait();
        } else {
          parked = true;
          if (round.get() == done && !closed) {
            LockSupport.park(this);
          }
          parked = false;
        }
      }
      return !closed;
    }
  }
}
