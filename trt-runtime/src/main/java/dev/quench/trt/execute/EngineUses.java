// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/// The sessions and contexts that one engine has opened, and the locks that order them against its
/// closing and against an exchange of its weights. Thread-safe.
final class EngineUses {
  /// An action of an engine that must not be closed meanwhile.
  @FunctionalInterface
  interface Action<E extends Exception> {
    void run() throws E;
  }

  private final Set<TensorRtSession> sessions = new LinkedHashSet<>();
  private final Set<ExecutionContext> contexts = new LinkedHashSet<>();
  private final ReentrantLock lock = new ReentrantLock();

  /// Whoever uses a context holds the read lock; the exchange of weights and closing contexts take
  /// the write lock.
  private final ReentrantReadWriteLock weights = new ReentrantReadWriteLock();

  private boolean closed;

  /// Held by each inference while it runs.
  Lock inference() {
    return weights.readLock();
  }

  void add(TensorRtSession session) {
    sessions.add(session);
  }

  void add(ExecutionContext context) {
    contexts.add(context);
  }

  void remove(TensorRtSession session) {
    lock.lock();
    try {
      sessions.remove(session);
    } finally {
      lock.unlock();
    }
  }

  void remove(ExecutionContext context) {
    lock.lock();
    try {
      contexts.remove(context);
    } finally {
      lock.unlock();
    }
  }

  /// @throws IllegalStateException if the engine is closed
  <T> T whileOpen(Supplier<T> action) {
    lock.lock();
    try {
      requireOpen();
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /// @throws IllegalStateException if the engine is closed
  <E extends Exception> void runWhileOpen(Action<E> action) throws E {
    lock.lock();
    try {
      requireOpen();
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /// Waits for running inferences, exchanges the weights, and drops what was captured with the old
  /// ones.
  ///
  /// @param afterwards runs last, still under the lock
  void exchangeWeights(Runnable refit, Runnable afterwards) {
    requireNoInference("exchange its weights");
    weights.writeLock().lock();
    lock.lock();
    try {
      requireOpen();
      contexts.forEach(ExecutionContext::settle);
      refit.run();
      sessions.forEach(TensorRtSession::dropGraphs);
      contexts.forEach(ExecutionContext::dropGraph);
      afterwards.run();
    } finally {
      lock.unlock();
      weights.writeLock().unlock();
    }
  }

  /// Waits for running inferences and closes all sessions and contexts; harmless twice.
  ///
  /// @param free runs after them, once
  void close(Runnable free) {
    requireNoInference("close it");
    List<TensorRtSession> openSessions;
    List<ExecutionContext> openContexts;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      openSessions = new ArrayList<>(sessions);
      openContexts = new ArrayList<>(contexts);
    } finally {
      lock.unlock();
    }
    openSessions.forEach(TensorRtSession::close);
    weights.writeLock().lock();
    try {
      openContexts.forEach(ExecutionContext::close);
    } finally {
      weights.writeLock().unlock();
    }
    free.run();
  }

  /// Refuses a call from within an inference: it would wait for itself.
  private void requireNoInference(String what) {
    if (weights.getReadHoldCount() > 0) {
      throw new IllegalStateException("a tap must not use the engine that calls it to " + what);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
  }
}
