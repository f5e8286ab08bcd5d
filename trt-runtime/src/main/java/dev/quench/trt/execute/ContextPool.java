// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.build.NativeScope;
import dev.quench.trt.internal.execute.InferenceContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Lends each caller a separate context. Creates one when all are lent, up to a limit, beyond which
/// callers wait. If the GPU has no memory for another one, the existing ones become the limit.
/// Thread-safe; lending allocates nothing once the contexts exist.
final class ContextPool implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");

  private final Supplier<? extends InferenceContext> factory;
  private final Deque<InferenceContext> idle = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int limit;
  private int made;
  private boolean closed;

  /// Makes the first context at once.
  ContextPool(int limit, Supplier<? extends InferenceContext> factory) {
    this.limit = limit;
    this.factory = factory;
    idle.push(factory.get());
    made = 1;
  }

  /// Takes a context; the same caller must give it back.
  ///
  /// @throws IllegalStateException if the pool is closed
  InferenceContext take() {
    lock.lock();
    try {
      while (true) {
        if (closed) {
          throw new IllegalStateException("the TensorRT session is closed");
        }
        InferenceContext context = idle.poll();
        if (context != null) {
          return context;
        }
        if (made < limit) {
          made++;
          break;
        }
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    // Creating one takes a while: others may return theirs meanwhile.
    InferenceContext added;
    try {
      added = factory.get();
    } catch (TensorRtException e) {
      settleForFewer(e);
      return take();
    } catch (RuntimeException | Error e) {
      forget();
      throw e;
    }
    return added;
  }

  void give(InferenceContext context) {
    lock.lock();
    try {
      idle.push(context);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Drops the recorded graph of every context; none is lent.
  void dropGraphs() {
    lock.lock();
    try {
      idle.forEach(InferenceContext::dropGraph);
    } finally {
      lock.unlock();
    }
  }

  /// Waits for lent contexts, then closes all. Closing twice is harmless.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      while (idle.size() < made) {
        changed.awaitUninterruptibly();
      }
      made = 0;
      try (NativeScope contexts = new NativeScope()) {
        idle.forEach(context -> contexts.onClose(context::close));
        idle.clear();
      }
    } finally {
      lock.unlock();
    }
  }

  private void settleForFewer(TensorRtException reason) {
    lock.lock();
    try {
      made--;
      limit = Math.max(1, made);
      changed.signalAll();
      if (made == 0) {
        throw reason;
      }
    } finally {
      lock.unlock();
    }
    LOGGER.log(
        System.Logger.Level.WARNING,
        "at most %d inferences run at once: %s".formatted(limit, reason.getMessage()));
  }

  private void forget() {
    lock.lock();
    try {
      made--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
