// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.quench.trt.Machines;
import dev.quench.trt.internal.build.TimingStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimingCacheTest {
  @TempDir Path parent;
  private Path folder;
  private TimingStore store;

  @BeforeEach
  void open() throws IOException {
    folder = parent.resolve("timings");
    store = TimingCache.open(folder).store(Machines.L4);
  }

  @Test
  void keepsWhatItIsGiven() {
    assertThat(store.read()).isEmpty();
    store.update(before -> {
      assertThat(before).isEmpty();
      return bytes("a");
    });
    assertThat(store.read()).isEqualTo(bytes("a"));
  }

  @Test
  void keepsMachinesApart() throws IOException {
    store.update(_ -> bytes("L4"));
    assertThat(TimingCache.open(folder).store(Machines.H100).read()).isEmpty();
    assertThat(TimingCache.name(Machines.of("10.15.1.29", "NVIDIA/../L4", 8, 9)))
        .matches("[A-Za-z0-9.-]+")
        .doesNotContain("..")
        .isNotEqualTo(TimingCache.name(Machines.of("10.15.1.29", "NVIDIA/./L4", 8, 9)));
  }

  @Test
  void writesOnlyWhatChanged() throws IOException {
    store.update(_ -> bytes("a"));
    Path file = folder.resolve(TimingCache.name(Machines.L4));
    FileTime old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(file, old);
    store.update(before -> before.clone());
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(old);
    store.update(_ -> bytes("b"));
    assertThat(Files.getLastModifiedTime(file)).isNotEqualTo(old);
  }

  /// Builds that end at the same time each merge into what the others wrote.
  @Test
  void losesNothingOfBuildsThatEndTogether() {
    IntStream.range(0, 64)
        .parallel()
        .forEach(i -> {
          try {
            TimingCache.open(folder)
                .store(Machines.L4)
                .update(before -> bytes(new String(before, StandardCharsets.UTF_8) + i + " "));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    List<String> kept = List.of(new String(store.read(), StandardCharsets.UTF_8).split(" "));
    assertThat(kept).hasSize(64);
    assertThat(new TreeSet<>(kept)).hasSize(64);
  }

  @Test
  void timesThatCannotBeKeptFailNoBuild() throws IOException {
    store.update(_ -> bytes("a"));
    Path lock = folder.resolve(TimingCache.name(Machines.L4) + ".lock");
    Files.delete(lock);
    Files.createDirectory(lock);
    store.update(_ -> bytes("b"));
    assertThat(store.read()).isEqualTo(bytes("a"));
  }

  @Test
  void refusesAFolderThatOthersMayEnter() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatIOException().isThrownBy(() -> TimingCache.open(folder));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
