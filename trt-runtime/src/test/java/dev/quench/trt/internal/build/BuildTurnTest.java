// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.trt.BuildCancelledException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BuildTurnTest {
  private final BuildTurn turn = new BuildTurn();

  @Test
  void isNotTakenByABuildThatIsCancelled() {
    assertThatExceptionOfType(BuildCancelledException.class)
        .isThrownBy(() -> turn.take(() -> true))
        .withMessageContaining("cancelled");
    turn.take(() -> false);
    turn.give();
  }

  @Test
  void isNotWaitedForByABuildThatIsCancelledMeanwhile() throws Exception {
    turn.take(() -> false);
    CountDownLatch asked = new CountDownLatch(1);
    AtomicBoolean cancelled = new AtomicBoolean();
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(() ->
            turn.take(() -> {
              asked.countDown();
              return cancelled.get();
            }));
    asked.await();
    assertThat(waiting).isNotDone();
    cancelled.set(true);
    assertThat(waiting)
        .failsWithin(10, TimeUnit.SECONDS)
        .withThrowableThat()
        .withCauseInstanceOf(BuildCancelledException.class);
    turn.give();
  }

  @Test
  void goesToTheNextOnceItIsGiven() {
    turn.take(() -> false);
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(() -> {
          turn.take(() -> false);
          turn.give();
        });
    turn.give();
    assertThat(waiting).succeedsWithin(10, TimeUnit.SECONDS);
  }

  /// An interrupted thread builds all the same, and stays interrupted.
  @Test
  void isTakenByAnInterruptedThread() {
    Thread.currentThread().interrupt();
    turn.take(() -> false);
    turn.give();
    assertThat(Thread.interrupted()).isTrue();
  }
}
