// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.xnor.plan.ShapedProgram;
import java.util.concurrent.ConcurrentLinkedDeque;

/// Executors of one [ShapedProgram], as many as run at once; those whose run is over are ready for
/// the next. Thread-safe.
public final class ExecutorPool implements AutoCloseable {
  private final ShapedProgram program;
  private final int threads;
  private final ConcurrentLinkedDeque<Executor> idle = new ConcurrentLinkedDeque<>();
  private boolean closed;

  /// @param threads the most that share the work of a run
  public ExecutorPool(ShapedProgram program, int threads) {
    this.program = program;
    this.threads = threads;
  }

  /// An executor for one run; give it back with [#release].
  public Executor acquire() {
    Executor executor = idle.pollFirst();
    return executor == null ? new Executor(program, threads) : executor;
  }

  public synchronized void release(Executor executor) {
    if (closed) {
      executor.close();
    } else {
      idle.addFirst(executor);
    }
  }

  /// Frees the memory of all executors, of those in use as soon as they are released.
  @Override
  public synchronized void close() {
    closed = true;
    // Each is taken out first: a run that begins now may take one at the same time.
    for (Executor executor = idle.pollFirst(); executor != null; executor = idle.pollFirst()) {
      executor.close();
    }
  }
}
