// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.BuildCancelledException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Lets one thread build at a time. A build that is cancelled does not wait for its turn.
final class BuildTurn {
  private static final long ASKED_EVERY_MILLIS = 50;

  private final ReentrantLock lock = new ReentrantLock();

  /// Waits for the turn, to be given back by the same thread.
  ///
  /// @throws BuildCancelledException once `cancelled` says true; the turn is not taken then
  void take(BooleanSupplier cancelled) {
    boolean interrupted = false;
    try {
      boolean taken = false;
      while (!taken) {
        if (cancelled.getAsBoolean()) {
          throw new BuildCancelledException();
        }
        try {
          taken = lock.tryLock(ASKED_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          interrupted = true; // a build is cancelled in one way only
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  void give() {
    lock.unlock();
  }
}
