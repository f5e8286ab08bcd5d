// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.compile;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Calls one part of a kernel on synthetic data until C2 has compiled it. The sign of that is an
/// allocation count of zero: in uncompiled code each vector is a heap object.
///
/// The pauses between calls matter: without them, the JVM would request compilations in the middle
/// of loops, faster than they finish. C2 compiles only what C1 has compiled, and the later C1 gets
/// a tile, the less room it has for it.
public final class WarmUp {
  private static final int CALLS = 16;
  private static final long PAUSE_NANOS = 1_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Runnable fast;
  private final Runnable plain;

  /// @param fast some work of the part; allocates nothing once compiled
  /// @param plain the same work in plain Java
  public WarmUp(Runnable fast, Runnable plain) {
    this.fast = fast;
    this.plain = plain;
  }

  /// Whether this JVM reports the bytes a thread has allocated.
  public static boolean isPossible() {
    try {
      return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
          && threads.isThreadAllocatedMemorySupported()
          && threads.isThreadAllocatedMemoryEnabled();
    } catch (LinkageError e) {
      return false; // a runtime image without jdk.management
    }
  }

  /// @return whether the part is compiled and at least as fast as plain Java
  boolean run() {
    return compile(PATIENCE) && nanos(fast) <= nanos(plain);
  }

  /// @return whether the part is compiled
  public boolean compile(Duration patience) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < patience.toNanos()) {
      // The threads that run the network need the processor meanwhile.
      LockSupport.parkNanos(PAUSE_NANOS);
      if (allocatedBytes() == 0) {
        return true;
      }
    }
    return false;
  }

  /// Bytes that a series of calls allocates.
  private long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int call = 0; call < CALLS; call++) {
      fast.run();
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /// Time of the fastest of several series of calls; a single call may be shorter than the clock's
  /// resolution.
  private static long nanos(Runnable work) {
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      for (int call = 0; call < CALLS; call++) {
        work.run();
      }
      shortest = Math.min(shortest, System.nanoTime() - start);
    }
    return shortest;
  }
}
