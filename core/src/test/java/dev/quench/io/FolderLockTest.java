// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  @TempDir private Path folder;

  /// Whether another thread finds the lock free.
  private boolean isFree(String name) throws InterruptedException, ExecutionException {
    return CompletableFuture.supplyAsync(
            () -> {
              try (FolderLock lock = FolderLock.tryTake(folder, name).orElse(null)) {
                return lock != null;
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .get();
  }

  @Test
  void excludesOtherThreads() throws Exception {
    try (FolderLock _ = FolderLock.take(folder, "a")) {
      assertThat(isFree("a")).isFalse();
      assertThat(isFree("b")).isTrue();
    }
    assertThat(isFree("a")).isTrue();
  }

  @Test
  void isNotReentrant() throws Exception {
    try (FolderLock _ = FolderLock.tryTake(folder, "a").orElseThrow()) {
      assertThat(FolderLock.tryTake(folder, "a")).isEmpty();
    }
    assertThat(isFree("a")).isTrue();
  }

  @Test
  void aLockFileThatCannotBeMadeLeavesNothingHeld() throws Exception {
    Path missing = folder.resolve("missing");
    assertThatIOException().isThrownBy(() -> FolderLock.tryTake(missing, "a"));
    Files.createDirectory(missing);
    try (FolderLock lock = FolderLock.tryTake(missing, "a").orElse(null)) {
      assertThat(lock).isNotNull();
    }
  }

  @Test
  @Timeout(60)
  void excludesOtherProcessesUntilTheyEnd() throws Exception {
    Process other =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader words = other.inputReader();
        OutputStream _ = other.getOutputStream()) {
      assertThat(words.readLine()).isEqualTo("held");
      Optional<FolderLock> meanwhile = FolderLock.tryTake(folder, "a");
      other.destroyForcibly().waitFor();
      assertThat(meanwhile).isEmpty();
    }
    try (FolderLock _ = FolderLock.take(folder, "a")) {
      assertThat(isFree("a")).isFalse();
    }
  }

  /// Holds a lock until it is killed.
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (FolderLock _ = FolderLock.take(Path.of(arguments[0]), "a")) {
        System.out.println("held");
        System.in.read();
      }
    }
  }
}
