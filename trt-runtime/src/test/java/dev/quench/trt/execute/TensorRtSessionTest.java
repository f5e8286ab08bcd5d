// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.quench.run.StageTimes;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.FakeContext;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TensorRtException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// With contexts that compute on the host.
@Timeout(30)
class TensorRtSessionTest {
  private static final TensorSpec X = new TensorSpec("x", DataType.FLOAT, Shape.of(Dim.of("N")));
  private static final TensorSpec Y = new TensorSpec("y", DataType.FLOAT, Shape.of(Dim.of("N")));

  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicInteger afterClose = new AtomicInteger();
  private final ReentrantReadWriteLock weights = new ReentrantReadWriteLock();

  @Test
  void givesResultsThatOutliveTheNextRunAndTheSession() {
    Map<String, Tensor> first;
    try (TensorRtSession session = session(1, 0)) {
      first = session.run(x(1, 2));
      session.run(x(5, 6));
    }
    assertThat(first.get("y").toFloats()).containsExactly(2, 4);
  }

  /// Two callers wait for each other inside their runs, so both must run at once.
  @Test
  void runsAsManyAtOnceAsThereAreContexts() throws Exception {
    try (TensorRtSession session = session(2, 2);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<Map<String, Tensor>> one = threads.submit(() -> session.run(x(1)));
      Future<Map<String, Tensor>> two = threads.submit(() -> session.run(x(2)));
      assertThat(one.get().get("y").toFloats()).containsExactly(2);
      assertThat(two.get().get("y").toFloats()).containsExactly(4);
      assertThat(made).hasValue(2);
    }
    assertThat(closed).hasValue(2);
  }

  @Test
  void makesContextsOnlyWhenCallersMeet() {
    try (TensorRtSession session = session(4, 0)) {
      for (int i = 0; i < 100; i++) {
        session.run(x(i));
      }
      assertThat(made).hasValue(1);
    }
  }

  @Test
  void neverLendsAContextTwice() throws Exception {
    try (TensorRtSession session = session(3, 0);
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        int value = i;
        calls.add(
            threads.submit(() ->
                assertThat(session.run(x(value, value)).get("y").toFloats())
                    .containsExactly(2 * value, 2 * value)));
      }
      for (Future<?> call : calls) {
        call.get();
      }
      assertThat(made.get()).isBetween(1, 3);
    }
    assertThat(closed).hasValue(made.get());
  }

  @Test
  void settlesForFewerContextsWhenThereIsNoMemory() throws Exception {
    ContextPool pool =
        new ContextPool(
            4,
            () -> {
              if (made.incrementAndGet() > 2) {
                throw new TensorRtException("out of memory");
              }
              return new FakeContext(closed, new CountDownLatch(0));
            });
    var one = pool.take();
    var two = pool.take();
    CompletableFuture<?> third =
        CompletableFuture.runAsync(
            () -> pool.give(pool.take()), Executors.newVirtualThreadPerTaskExecutor());
    pool.give(one);
    third.get();
    pool.give(two);
    assertThat(made).hasValueGreaterThanOrEqualTo(2);
    pool.close();
    assertThat(closed).hasValue(2);
  }

  @Test
  void failsAtOnceWhenThereIsNotEvenOneContext() {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() ->
            new ContextPool(
                2,
                () -> {
                  throw new TensorRtException("out of memory");
                }));
  }

  @Test
  void closesOnceAndRefusesWorkAfterwards() {
    TensorRtSession session = session(2, 0);
    session.run(x(1));
    session.close();
    session.close();
    assertThat(closed).hasValue(1);
    assertThat(afterClose).hasValue(1);
    assertThatIllegalStateException()
        .isThrownBy(() -> session.run(x(1)))
        .withMessage("the TensorRT session is closed");
  }

  @Test
  void checksInputsBeforeItTakesAContext() {
    try (TensorRtSession session = session(1, 0)) {
      assertThatIllegalArgumentException().isThrownBy(() -> session.run(Map.of()));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.run(x(new float[9])))
          .withMessageContaining("the engine supports [1] to [8]");
      assertThatCode(() -> session.run(x(1))).doesNotThrowAnyException();
    }
  }

  @Test
  void letsATapNeitherRunNorCloseItsSession() {
    try (TensorRtSession session = session(2, 0)) {
      session.observe(
          x(3),
          (name, tensor) -> {
            assertThat(name).isEqualTo("y");
            assertThat(tensor.toFloats()).containsExactly(6);
            assertThatIllegalStateException().isThrownBy(() -> session.run(x(1)));
            assertThatIllegalStateException().isThrownBy(session::close);
          });
      assertThat(session.run(x(1)).get("y").toFloats()).containsExactly(2);
    }
  }

  @Test
  void keepsOutWhileWeightsAreExchanged() throws Exception {
    try (TensorRtSession session = session(1, 0);
        ExecutorService threads = Executors.newFixedThreadPool(1)) {
      weights.writeLock().lock();
      Future<Map<String, Tensor>> run;
      try {
        run = threads.submit(() -> session.run(x(1)));
        while (!weights.hasQueuedThreads()) {
          Thread.onSpinWait();
        }
        assertThat(run.isDone()).isFalse();
        session.dropGraphs();
      } finally {
        weights.writeLock().unlock();
      }
      assertThat(run.get().get("y").toFloats()).containsExactly(2);
    }
  }

  @Test
  void tellsWhatThePartsOfAnInferenceTake() {
    try (TensorRtSession session = session(1, 0)) {
      assertThat(session.time(x(1))).isEqualTo(new StageTimes(0.1, 0.5, 0.2, 0.05, 1));
    }
  }

  private TensorRtSession session(int contexts, int meeting) {
    CountDownLatch latch = new CountDownLatch(meeting);
    return new TensorRtSession(
        new ContextPool(
            contexts,
            () -> {
              made.incrementAndGet();
              return new FakeContext(closed, latch);
            }),
        new ProfileCheck(
            List.of(X),
            List.of(Map.of("x", new ShapeRange(Shape.of(1), Shape.of(2), Shape.of(8))))),
        List.of(Y),
        new Taps(Set.of("y"), Set.of(), Map.of()),
        weights.readLock(),
        _ -> afterClose.incrementAndGet());
  }

  private static Map<String, Tensor> x(float... values) {
    return Map.of("x", Tensor.ofFloats(Shape.of(values.length), values));
  }
}
