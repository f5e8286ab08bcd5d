// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/// Limits how many threads run the backend at once.
///
/// Waking a sleeping thread takes tens of microseconds without inference, which is long for a small
/// model. So a waiting thread spins for a while before it sleeps, unless other workers need the
/// processors.
final class InferencePermits {
  private static final long STAY_AWAKE_NANOS = Duration.ofMillis(1).toNanos();

  private final Semaphore semaphore;
  private final boolean staysAwake;

  /// @param permits inferences at once
  /// @param workers threads that ask for permits
  InferencePermits(int permits, int workers) {
    this.semaphore = new Semaphore(permits);
    this.staysAwake = workers <= Runtime.getRuntime().availableProcessors();
  }

  /// Waits for a permit; return it by [Permit#release].
  Permit acquire() {
    if (!staysAwake || !acquireAwake()) {
      semaphore.acquireUninterruptibly();
    }
    return new Permit(semaphore);
  }

  private boolean acquireAwake() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < STAY_AWAKE_NANOS) {
      if (semaphore.availablePermits() > 0 && semaphore.tryAcquire()) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  /// For one inference; used by one thread.
  static final class Permit {
    private final Semaphore semaphore;
    private boolean released;

    private Permit(Semaphore semaphore) {
      this.semaphore = semaphore;
    }

    /// Returns the permit; has an effect only once.
    void release() {
      if (!released) {
        released = true;
        semaphore.release();
      }
    }
  }
}
