// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.plan.ShapedProgram;
import java.util.concurrent.ConcurrentLinkedDeque;

/// Pools the executors of one [ShapedProgram]: one per concurrent run, reused by later runs.
/// Thread-safe.
public final class ExecutorPool implements AutoCloseable {
  private final ShapedProgram program;
  private final int threads;
  private final ConcurrentLinkedDeque<Executor> idle = new ConcurrentLinkedDeque<>();
  private boolean closed;

  /// @param threads the maximum number that share the work of a run
  public ExecutorPool(ShapedProgram program, int threads) {
    this.program = program;
    this.threads = threads;
  }

  /// Takes an executor for one run; return it with [#release].
  public Executor acquire() {
    Executor executor = idle.pollFirst();
    return executor == null ? new Executor(program, threads) : executor;
  }

  /// Returns an executor for later runs, or closes it if the pool is closed.
  public synchronized void release(Executor executor) {
    if (closed) {
      executor.close();
    } else {
      idle.addFirst(executor);
    }
  }

  /// Frees the memory of all executors; executors in use free theirs on release.
  @Override
  public synchronized void close() {
    closed = true;
    // Polls before closing: a run that begins now may take an executor at the same time.
    for (Executor executor = idle.pollFirst(); executor != null; executor = idle.pollFirst()) {
      executor.close();
    }
  }
}
