// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.BuildCancelledException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Lets one thread build at a time. A cancelled build stops waiting for its turn.
final class BuildTurn {
  private static final long ASKED_EVERY_MILLIS = 50;

  private final ReentrantLock lock = new ReentrantLock();

  /// Waits for the turn; the same thread must give it back.
  ///
  /// @throws BuildCancelledException once `cancelled` returns true, without taking the turn
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
          interrupted = true; // only `cancelled` cancels a build
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
