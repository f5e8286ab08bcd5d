// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.trt.TensorRtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {
  @TempDir Path folder;
  private Path plan;

  @BeforeEach
  void writePlan() throws IOException {
    plan = folder.resolve("a.engine");
    Files.write(plan, new byte[100]);
  }

  @Test
  void refusesAnEngineWithoutManifest() {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> Engine.load(plan))
        .withMessageStartingWith(plan + " has no manifest a.engine.json")
        .withMessageContaining("trust it like a program");
  }

  @Test
  void readsTheManifestBeforeThePlan() throws IOException {
    Files.writeString(folder.resolve("a.engine.json"), "{}");
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> Engine.load(plan))
        .withMessageContaining("a.engine.json is not an engine manifest");
  }
}
