// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OrderlyExitTest {
  private static final long SECONDS = 30;

  private final OrderlyExit exit = new OrderlyExit();

  @Test
  void waitsForNoReportWithoutWork() {
    try (OrderlyExit.Report _ = exit.report()) {
      exit.await();
    }
  }

  @Test
  void asksWorkToStopAndWaitsForIt() throws Exception {
    OrderlyExit.Work work = exit.begin();
    assertThat(work.isStopAsked()).isFalse();

    CompletableFuture<Void> end = CompletableFuture.runAsync(exit::await);
    while (!work.isStopAsked()) {
      Thread.onSpinWait();
    }
    assertThatThrownBy(work::stopIfAsked)
        .isInstanceOf(StoppedException.class)
        .hasMessage("stopped, because the process was asked to end");
    assertThat(end).isNotDone();
    work.close();

    end.get(SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void waitsForTheWordsAboutStoppedWork() throws Exception {
    OrderlyExit.Report report = exit.report();
    OrderlyExit.Work work = exit.begin();
    CompletableFuture<Void> end = CompletableFuture.runAsync(exit::await);
    while (!work.isStopAsked()) {
      Thread.onSpinWait();
    }

    work.close();
    assertThat(end).isNotDone();
    report.close();

    end.get(SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void beginsNoWorkOnceTheProcessEnds() {
    exit.await();

    assertThatThrownBy(exit::begin).isInstanceOf(StoppedException.class);
  }

  @Test
  void countsWorkThatIsClosedTwiceOnce() throws Exception {
    OrderlyExit.Work first = exit.begin();
    OrderlyExit.Work second = exit.begin();
    first.close();
    first.close();

    CompletableFuture<Void> end = CompletableFuture.runAsync(exit::await);
    while (!second.isStopAsked()) {
      Thread.onSpinWait();
    }
    assertThat(end).isNotDone();
    second.close();

    end.get(SECONDS, TimeUnit.SECONDS);
  }
}
