// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationData;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import dev.quench.graph.Model;
import dev.quench.run.CalibrationException;
import dev.quench.run.Progress;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibratorTest extends CalibratorFixture {
  @Nested
  class Ranges {
    @ParameterizedTest
    @ValueSource(strings = {"minmax", "percentile:99.9", "entropy"})
    void areTheSameBitsForAnyBatchSizeOrderAndThreads(String method) throws IOException {
      CalibrationTable expected =
          calibrator()
              .method(RangeMethod.parse(method))
              .calibrate(model, ScalingBackend.TENSORS, data);
      for (int batchSize : new int[] {1, 7, 64}) {
        for (int threads = 1; threads <= 2; threads++) {
          for (int seed = 0; seed < 3; seed++) {
            CalibrationTable table =
                calibrator()
                    .method(RangeMethod.parse(method))
                    .batchSize(batchSize)
                    .threads(threads)
                    .calibrate(model, ScalingBackend.TENSORS, data.shuffled(seed));

            assertThat(table.entries())
                .as("batch size %d, threads %d, seed %d", batchSize, threads, seed)
                .containsExactlyElementsOf(expected.entries());
          }
        }
      }
    }

    @Test
    void ofWholeBatchesMayDependOnTheBatchSize() throws IOException {
      CalibrationTable ones =
          calibrator().wholeBatches(true).batchSize(1).calibrate(model, Set.of("scaled"), data);
      CalibrationTable all =
          calibrator().wholeBatches(true).batchSize(150).calibrate(model, Set.of("scaled"), data);

      assertThat(ones.entries()).isNotEqualTo(all.entries());
      assertThat(all.entry("scaled").orElseThrow().counts().values()).isEqualTo(900);
    }

    @Test
    void comeFromEveryValueOfEveryTensor() throws IOException {
      CalibrationTable table = calibrate(data);
      double amax = 0;
      long zeros = 0;
      for (float[] sample : data.samples()) {
        for (float value : sample) {
          amax = Math.max(amax, Math.abs(value));
          zeros += value == 0 ? 1 : 0;
        }
      }
      TensorRange range = table.entry("x").orElseThrow();

      assertThat(range.extremes().amax()).isEqualTo(amax);
      assertThat(range.counts()).isEqualTo(new TensorRange.Counts(900, zeros, 0, 0));
      assertThat(table.histogram("x").orElseThrow().digest())
          .isEqualTo(range.histogramDigest().orElseThrow());
      assertThat(table.threshold("rectified").orElseThrow()).isPositive();
      assertThat(table.threshold("unknown")).isEmpty();
    }

    @Test
    void standInTheOrderOfTheGraph() throws IOException {
      assertThat(calibrate(data).names()).containsExactly("x", "scaled", "rectified", "dead");
    }

    @Test
    void areZeroForATensorThatIsZeroThroughout() throws IOException {
      TensorRange dead = calibrate(data).entry("dead").orElseThrow();

      assertThat(dead.threshold()).isZero();
      assertThat(dead.counts().zeros()).isEqualTo(900);
    }

    @Test
    void ofInputsNeedNoBackend() throws IOException {
      CalibrationTable table = calibrator().calibrate(model, Set.of("x"), data);

      assertThat(table.names()).containsExactly("x");
      assertThat(backend.sessions).hasValue(0);
    }
  }

  @Nested
  class Header {
    @Test
    void saysWhatTheTableWasMadeFrom() throws IOException {
      CalibrationTable table =
          calibrator()
              .method(RangeMethod.minMax())
              .preprocessing("none at all")
              .samples(20)
              .calibrate(model, Set.of("x"), data);

      assertThat(table.header().method()).isEqualTo("minmax");
      assertThat(table.header().preprocessing()).isEqualTo("none at all");
      assertThat(table.header().inputs()).containsExactly("x");
      assertThat(table.header().data())
          .containsExactly(
              new CalibrationData(data.part(0, 20).digest(), "20 samples of a test", 20, false));
      assertThat(table.isUncalibrated()).isFalse();
    }

    @Test
    void stampsRangesOfNoise() throws IOException {
      assertThat(calibrate(data.asNoise()).isUncalibrated()).isTrue();
    }
  }

  @Nested
  class Running {
    @Test
    void closesItsSessionAlsoWhenItFails() throws IOException {
      calibrate(data);
      SampleDataset bad = data.part(0, 20);
      bad.samples().set(13, new float[] {1, 2, Float.NaN, 4, 5, 6});
      assertThatThrownBy(() -> calibrate(bad)).isInstanceOf(CalibrationException.class);

      assertThat(backend.sessions).hasValue(2);
      assertThat(backend.openSessions).hasValue(0);
    }

    @Test
    void reportsEverySampleOnce() throws IOException {
      List<String> calls = Collections.synchronizedList(new ArrayList<>());
      Progress progress =
          new Progress() {
            private long done;

            @Override
            public void begin(String task, long total) {
              calls.add(task + " " + total);
            }

            @Override
            public void advance(long steps) {
              done += steps;
            }

            @Override
            public void end() {
              calls.add("done " + done);
            }
          };
      calibrator()
          .batchSize(7)
          .threads(2)
          .progress(progress)
          .calibrate(model, Set.of("scaled"), data);

      assertThat(calls).containsExactly("calibrate 150", "done 150");
    }

    @Test
    void tapsInGroupsWhatDoesNotFitIntoMemoryTogether() throws IOException {
      CalibrationTable together = calibrate(data);
      assertThat(backend.sessions).hasValue(1);
      CalibrationTable apart =
          calibrator()
              .tapBytes(DataPass.workers(1) * 2 * 6 * 4)
              .calibrate(model, ScalingBackend.TENSORS, data);

      assertThat(backend.sessions).hasValue(3);
      assertThat(apart).isEqualTo(together);
    }

    @Test
    void servesAModelOfFixedBatchSize() throws IOException {
      Model fixed = ScalingBackend.model(Shape.of(5, 6));
      CalibrationTable table = calibrator().calibrate(fixed, Set.of("scaled"), data);

      assertThat(table.entry("scaled").orElseThrow().counts().values()).isEqualTo(900);
      assertThatThrownBy(() -> calibrator().samples(13).calibrate(fixed, Set.of("scaled"), data))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("13 samples leave 3 over")
          .hasMessageContaining("use 10 samples");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void stopsWhenTheThreadIsInterrupted(int threads) throws InterruptedException {
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      Thread worker =
          new Thread(() -> {
            Thread.currentThread().interrupt();
            try {
              calibrator().threads(threads).calibrate(model, Set.of("scaled"), data);
            } catch (CalibrationException | IOException e) {
              failures.add(e);
            }
          });
      worker.start();
      worker.join();

      assertThat(failures).singleElement().asString().contains("interrupted");
      assertThat(backend.openSessions).hasValue(0);
    }
  }
}
