// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Lets long work end before the process does when the user interrupts it, so that nothing is half
/// done: the process waits until [#close], ten seconds at most. The work asks [#isAsked] now and
/// then; it may do so from any thread.
public final class CancelOnExit implements AutoCloseable {
  private static final long SECONDS = 10;

  private final String work;
  private final Consumer<String> note;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;

  /// @param work what it is, for example `build`
  /// @param note told at the end if the work was interrupted
  public CancelOnExit(String work, Consumer<String> note) {
    this.work = work;
    this.note = note;
    this.hook = new Thread(this::cancel, "cancel-" + work);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  public boolean isAsked() {
    return asked.get();
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      note.accept("the " + work + " was interrupted");
    }
  }

  private void cancel() {
    asked.set(true);
    try {
      ended.await(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
