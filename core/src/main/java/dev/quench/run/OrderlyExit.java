// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// The end of a process that waits for work in native libraries.
///
/// When a process ends, the destructors of a native library run even while another thread computes
/// in it, and that thread crashes the process. So whoever computes there announces it, and asks now
/// and then whether to stop; on a signal the process ends after all such work has ended. Idle
/// processes end at once. Thread-safe.
public final class OrderlyExit {
  /// Longer than a step of training takes on a slow machine.
  private static final long SECONDS_FOR_WORK = 120;

  private static final long SECONDS_FOR_REPORTS = 10;

  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int works;
  private int reports;
  private volatile boolean asked;

  /// Initialized on first use.
  private static final class Hooked {
    static final OrderlyExit EXIT = new OrderlyExit();

    private Hooked() {}

    static {
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(EXIT::await, "orderly-exit"));
      } catch (IllegalStateException e) {
        EXIT.asked = true; // the process is ending already
      }
    }
  }

  /// The end of this process.
  public static OrderlyExit ofProcess() {
    return Hooked.EXIT;
  }

  /// Announces work.
  ///
  /// @throws StoppedException if the process is ending already
  public Work begin() {
    lock.lock();
    try {
      requireGoingOn();
      works++;
    } finally {
      lock.unlock();
    }
    return new Work();
  }

  /// Announces somebody who says how the work ended: once there was work to wait for, the process
  /// waits for its words too.
  public Report report() {
    lock.lock();
    try {
      reports++;
    } finally {
      lock.unlock();
    }
    return new Report();
  }

  /// Asks all work to stop and waits until it has; two minutes at most.
  void await() {
    lock.lock();
    try {
      asked = true;
      if (works > 0) {
        await(() -> works == 0, SECONDS_FOR_WORK);
        await(() -> reports == 0, SECONDS_FOR_REPORTS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void await(BooleanSupplier done, long seconds) throws InterruptedException {
    long nanos = TimeUnit.SECONDS.toNanos(seconds);
    while (!done.getAsBoolean() && nanos > 0) {
      nanos = changed.awaitNanos(nanos);
    }
  }

  private void requireGoingOn() {
    if (asked) {
      throw new StoppedException("stopped, because the process was asked to end");
    }
  }

  /// Work that the process waits for until it is closed.
  public final class Work implements AutoCloseable {
    private boolean closed;

    private Work() {}

    public boolean isStopAsked() {
      return asked;
    }

    /// @throws StoppedException if the process was asked to end
    public void stopIfAsked() {
      requireGoingOn();
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          works--;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// Words about the end of the work that are not all said until it is closed.
  public final class Report implements AutoCloseable {
    private boolean closed;

    private Report() {}

    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          reports--;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
