// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.zoo.Architecture;
import dev.quench.graph.Model;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// Thousands of steps take no more memory than the first hundred.
@EnabledOnOs(OS.LINUX)
class MemoryTest {
  private static final int STEPS = 2000;
  private static final long PAGE_BYTES = 4096;
  private static final long ALLOWED_BYTES = 24L << 20;

  @Test
  void staysFlatOverThousandsOfSteps() throws IOException {
    Model lenet =
        Architecture.LENET.build(
            TrainingFixtures.small().withInput(1, 12, 12).withBinaryActivations(true));
    List<Long> resident = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void step(long step, long steps, double loss) {
            if (step % (STEPS / 10) == 0) {
              System.gc();
              resident.add(residentBytes());
            }
          }
        };

    new Trainer(TrainingFixtures.options(STEPS / 40).withBatchSize(16), listener)
        .train(lenet, TrainingFixtures.bars(640, 1));

    assertThat(resident).hasSize(10);
    assertThat(resident.getLast() - resident.get(2)).isLessThan(ALLOWED_BYTES);
  }

  private static long residentBytes() {
    try {
      String[] fields = Files.readString(Path.of("/proc/self/statm")).split(" ");
      return Long.parseLong(fields[1]) * PAGE_BYTES;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
