// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.StageTimes;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.internal.execute.InferenceContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Doubles its input `x`, in memory that the next run overwrites, and notices when it is misused.
public final class FakeContext implements InferenceContext {
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger closed;
  private final CountDownLatch meeting;
  private float[] memory = new float[0];
  int graphsDropped;
  private boolean open = true;

  /// @param closed counts contexts that were closed
  /// @param meeting counted down by each run, which then waits for the others
  public FakeContext(AtomicInteger closed, CountDownLatch meeting) {
    this.closed = closed;
    this.meeting = meeting;
  }

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> fed, Set<String> wanted) {
    if (!open || !busy.compareAndSet(false, true)) {
      throw new AssertionError("used while busy or after close");
    }
    try {
      meeting.countDown();
      meeting.await();
      float[] x = fed.get("x").toFloats();
      if (memory.length != x.length) {
        memory = new float[x.length];
      }
      for (int i = 0; i < x.length; i++) {
        memory[i] = 2 * x[i];
      }
      Map<String, Tensor> results = new LinkedHashMap<>();
      wanted.forEach(name -> results.put(name, Tensor.ofFloats(Shape.of(x.length), memory)));
      return results;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      busy.set(false);
    }
  }

  @Override
  public StageTimes time(Map<String, Tensor> fed, Set<String> wanted) {
    run(fed, wanted);
    return new StageTimes(0.1, 0.5, 0.2, 0.05, 1);
  }

  @Override
  public void dropGraph() {
    graphsDropped++;
  }

  @Override
  public void close() {
    if (!open || busy.get()) {
      throw new AssertionError("closed twice or while busy");
    }
    open = false;
    closed.incrementAndGet();
  }
}
