// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class StepProcessTest {
  @Test
  void tellsTheExitCode() throws Exception {
    assertThat(StepProcess.run(Ends.class.getName(), List.of(), List.of("7"), 60))
        .isEqualTo(new StepProcess.End(true, 7));
  }

  @Test
  void stopsWhatTakesTooLong() throws Exception {
    StepProcess.End end = StepProcess.run(Hangs.class.getName(), List.of(), List.of(), 1);
    assertThat(end.inTime()).isFalse();
    assertThat(end.describe(1)).isEqualTo("cut off after 1 s");
  }

  /// Ends with its argument.
  public static final class Ends {
    private Ends() {}

    public static void main(String[] arguments) {
      System.exit(Integer.parseInt(arguments[0]));
    }
  }

  /// Never ends.
  public static final class Hangs {
    private Hangs() {}

    public static void main(String[] arguments) throws InterruptedException {
      new CountDownLatch(1).await();
    }
  }
}
