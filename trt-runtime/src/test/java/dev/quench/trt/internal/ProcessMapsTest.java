// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessMapsTest {
  private static final ProcessMaps MAPS =
      ProcessMaps.parse(
          List.of(
              "7f0000000000-7f0000001000 r--p 00000000 fd:00 11                 /a/libcudart.so.13.1.80",
              "7f0000001000-7f0000002000 r-xp 00001000 fd:00 11                 /a/libcudart.so.13.1.80",
              "7f0000003000-7f0000004000 r-xp 00000000 fd:00 11                 /link/libcudart.so.13",
              "7f0000005000-7f0000006000 r-xp 00000000 fd:00 12                 /b/libcudart.so.13 (deleted)",
              "7f0000007000-7f0000008000 r--p 00000000 fd:00 13                 /c/libcudart.so.13",
              "7f0000009000-7f000000a000 r-xp 00000000 fd:00 14                 /d/libcudart.so.130",
              "7f000000b000-7f000000c000 ---p 00000000 00:00 0 ",
              "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]"));

  @Test
  void listsEachLoadedFileOnce() {
    assertThat(MAPS.librariesNamed("libcudart.so.13"))
        .containsExactly(
            Path.of("/a/libcudart.so.13.1.80"), Path.of("/b/libcudart.so.13 (deleted)"));
  }

  @Test
  void knowsWhatCanBeRead() {
    assertThat(MAPS.isReadable(0x7f0000000ff8L, 8)).isTrue();
    assertThat(MAPS.isReadable(0x7f0000000ff8L, 16)).isFalse();
    assertThat(MAPS.isReadable(0x7f000000b000L, 8)).isFalse();
    assertThat(MAPS.isReadable(0x238, 8)).isFalse();
    assertThat(MAPS.isReadable(-8, 16)).as("beyond the last address").isFalse();
  }

  @Test
  void knowsWhatCanRun() {
    assertThat(MAPS.isExecutable(0x7f0000001000L)).isTrue();
    assertThat(MAPS.isExecutable(0x7f0000000000L)).isFalse();
  }

  @Test
  void seesThisProcess() {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(ProcessMaps.read().orElseThrow().isReadable(arena.allocate(8).address(), 8))
          .isTrue();
    }
  }
}
