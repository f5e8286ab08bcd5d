// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.graph.Model;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeTest {
  private static final int KILLED = 137;
  private static final SampleDataset DATA = SampleDataset.gaussian("x", Shape.of(6), 500, 3);

  @TempDir Path folder;

  private final Model model = ScalingBackend.model();

  private static Calibrator calibrator(Path checkpoint) {
    return Calibrator.using(new ScalingBackend())
        .batchSize(10)
        .checkpoint(checkpoint, Duration.ZERO);
  }

  /// Calibrates until it has seen half of the data and is then gone without any clean-up.
  static final class Killed {
    private Killed() {}

    public static void main(String[] arguments) throws IOException {
      AtomicLong done = new AtomicLong();
      calibrator(Path.of(arguments[0]))
          .progress(
              new Progress() {
                @Override
                public void begin(String task, long total) {}

                @Override
                public void advance(long steps) {
                  if (done.addAndGet(steps) >= DATA.size() / 2) {
                    Runtime.getRuntime().halt(KILLED);
                  }
                }

                @Override
                public void end() {}
              })
          .calibrate(ScalingBackend.model(), ScalingBackend.TENSORS, DATA);
    }
  }

  @Test
  void goesOnAfterItsProcessWasKilled() throws IOException, InterruptedException {
    Path checkpoint = folder.resolve("calibration.checkpoint");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Killed.class.getName(),
                checkpoint.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .as(Files.readString(folder.resolve("output")))
        .isEqualTo(KILLED);
    assertThat(checkpoint).exists();
    AtomicLong first = new AtomicLong(-1);
    CalibrationTable resumed =
        calibrator(checkpoint)
            .batchSize(7)
            .threads(2)
            .progress(
                new Progress() {
                  @Override
                  public void begin(String task, long total) {}

                  @Override
                  public void advance(long steps) {
                    first.compareAndSet(-1, steps);
                  }

                  @Override
                  public void end() {}
                })
            .calibrate(model, ScalingBackend.TENSORS, DATA);

    assertThat(first.get()).as("samples that need not be done again").isBetween(100L, 250L);
    assertThat(resumed.toJson())
        .isEqualTo(
            Calibrator.using(new ScalingBackend())
                .calibrate(model, ScalingBackend.TENSORS, DATA)
                .toJson());
  }

  @Test
  void ofACompleteCalibrationRunsNothing() throws IOException {
    Path checkpoint = folder.resolve("c");
    CalibrationTable first = calibrator(checkpoint).calibrate(model, ScalingBackend.TENSORS, DATA);
    ScalingBackend unused = new ScalingBackend();
    CalibrationTable again =
        Calibrator.using(unused)
            .method(RangeMethod.minMax())
            .checkpoint(checkpoint)
            .calibrate(model, ScalingBackend.TENSORS, DATA);

    assertThat(unused.sessions).hasValue(0);
    assertThat(again.histograms()).isEqualTo(first.histograms());
    assertThat(again.header().method()).isEqualTo("minmax");
  }

  @Test
  void refusesACheckpointOfSomethingElse() throws IOException {
    Path checkpoint = folder.resolve("c");
    calibrator(checkpoint).calibrate(model, Set.of("scaled"), DATA);

    for (Calibrator other :
        new Calibrator[] {
          calibrator(checkpoint).acceptNonFinite(true), calibrator(checkpoint).shard(1, 2)
        }) {
      assertThatThrownBy(() -> other.calibrate(model, Set.of("scaled"), DATA))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("another");
    }
    assertThatThrownBy(
            () -> calibrator(checkpoint).calibrate(model, Set.of("scaled"), DATA.part(0, 499)))
        .hasMessageContaining("another");
    assertThatThrownBy(() -> calibrator(checkpoint).calibrate(model, Set.of("rectified"), DATA))
        .hasMessageContaining("another");
  }

  @Test
  void refusesADamagedCheckpoint() throws IOException {
    Path checkpoint = folder.resolve("c");
    calibrator(checkpoint).calibrate(model, Set.of("scaled"), DATA);
    byte[] bytes = Files.readAllBytes(checkpoint);
    for (int length = 0; length < bytes.length; length += 97) {
      Files.write(checkpoint, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> calibrator(checkpoint).calibrate(model, Set.of("scaled"), DATA))
          .as("%d bytes", length)
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("not a valid calibration checkpoint");
    }
    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoint, bytes);
    assertThatThrownBy(() -> calibrator(checkpoint).calibrate(model, Set.of("scaled"), DATA))
        .hasMessageContaining("checksum");
  }
}
