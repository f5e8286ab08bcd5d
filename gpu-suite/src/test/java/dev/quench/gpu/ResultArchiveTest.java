// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ResultArchiveTest {
  @TempDir Path folder;

  @Test
  @Timeout(60)
  void isRenewedWhileTheSuiteRuns() throws Exception {
    try (ResultArchive _ = ResultArchive.every(Duration.ofMillis(20), folder)) {
      Files.writeString(folder.resolve("gpu-first.json"), "{}");
      while (!listing().contains("gpu-first.json")) {
        Thread.onSpinWait();
      }
      Files.writeString(folder.resolve("gpu-second.json"), "{}");
      while (!listing().contains("gpu-second.json")) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void holdsEverythingOnceClosed() throws Exception {
    try (ResultArchive _ = ResultArchive.every(Duration.ofHours(1), folder)) {
      Files.writeString(folder.resolve("gpu-first.json"), "{}");
      Files.writeString(folder.resolve("gpu-first.log"), "log");
    }
    assertThat(listing()).contains("./gpu-first.json", "./gpu-first.log");
  }

  @Test
  void doesNotHoldItself() throws Exception {
    for (int i = 0; i < 2; i++) {
      ResultArchive.every(Duration.ofHours(1), folder).close();
    }
    assertThat(listing()).doesNotContain("results");
  }

  private String listing() throws Exception {
    Path archive = folder.resolve(ResultArchive.NAME);
    if (!Files.exists(archive)) {
      return "";
    }
    Process tar =
        new ProcessBuilder("tar", "-tzf", archive.toString()).redirectErrorStream(true).start();
    String names = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(tar.waitFor()).as(names).isZero();
    return names;
  }
}
