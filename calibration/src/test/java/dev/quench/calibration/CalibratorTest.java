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
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CalibratorTest {
  private static final Shape SIX = Shape.of(6);

  private final ScalingBackend backend = new ScalingBackend();
  private final Model model = ScalingBackend.model();
  private final SampleDataset data = SampleDataset.gaussian("x", SIX, 150, 1);

  private Calibrator calibrator() {
    return Calibrator.using(backend);
  }

  private CalibrationTable calibrate(Dataset samples) throws IOException {
    return calibrator().calibrate(model, ScalingBackend.TENSORS, samples);
  }

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

  @Nested
  class Refuses {
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void valuesThatAreNotFinite(float value) {
      SampleDataset bad = data.part(0, 20);
      bad.samples().set(13, new float[] {1, 2, value, 4, 5, 6});

      assertThatThrownBy(() -> calibrate(bad))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("'x'")
          .hasMessageContaining(
              "%d NaN and %d infinite".formatted(value != value ? 1 : 0, value != value ? 0 : 1))
          .hasMessageContaining("sample 13");
    }

    @Test
    void butCountsThemWhenAskedTo() throws IOException {
      SampleDataset bad = data.part(0, 20);
      bad.samples().set(13, new float[] {1, 2, Float.NaN, 4, 5, 6});
      TensorRange range =
          calibrator()
              .acceptNonFinite(true)
              .calibrate(model, Set.of("x"), bad)
              .entry("x")
              .orElseThrow();

      assertThat(range.counts().nans()).isEqualTo(1);
      assertThat(range.threshold()).isFinite();
    }

    @ParameterizedTest
    @CsvSource({"0, 3", "4, 3", "1, 0", "-1, 2"})
    void aShardThatIsNone(int index, int count) {
      assertThatThrownBy(() -> calibrator().shard(index, count))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("got %d of %d".formatted(index, count));
    }

    @Test
    void aShardWithoutSamples() {
      assertThatThrownBy(
              () -> calibrator().shard(1, 5).calibrate(model, Set.of("x"), data.part(0, 4)))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("at most 4 shards");
    }

    @Test
    void shardsThatOverlap() throws IOException {
      CalibrationTable half = calibrator().shard(1, 2).calibrate(model, Set.of("x"), data);
      CalibrationTable third = calibrator().shard(1, 3).calibrate(model, Set.of("x"), data);

      assertThat(half.header().data().getFirst().used()).hasToString("0-74");
      assertThatThrownBy(() -> CalibrationTable.merge(half, third))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("samples 0 to 49 are in both")
          .hasMessageContaining("twice");
    }

    @Test
    void tablesOfTwoModels() throws IOException {
      Model other = ScalingBackend.model();
      other.graph().setInitializer(other.graph().value("factor").orElseThrow(), Tensor.scalar(2f));
      CalibrationTable mine = calibrator().shard(1, 2).calibrate(model, Set.of("x"), data);
      CalibrationTable others = calibrator().shard(2, 2).calibrate(other, Set.of("x"), data);

      assertThatThrownBy(() -> CalibrationTable.merge(mine, others))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("different models")
          .hasMessageContaining(mine.header().modelDigest().orElseThrow())
          .hasMessageContaining(others.header().modelDigest().orElseThrow());
    }

    @Test
    void dataThatEndTooEarly() {
      SampleDataset shorter = data.part(0, 20);
      Dataset liar =
          new Dataset() {
            @Override
            public String description() {
              return "liar";
            }

            @Override
            public long size() {
              return 30;
            }

            @Override
            public String digest() {
              return shorter.digest();
            }

            @Override
            public boolean isRandom() {
              return false;
            }

            @Override
            public Stream<Batch> batches(int batchSize) {
              return shorter.batches(batchSize);
            }

            @Override
            public Dataset limit(long limit) {
              return this;
            }
          };

      assertThatThrownBy(() -> calibrate(liar))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("30 samples but ended after 20");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void toWriteToADevice() throws IOException {
      CalibrationTable table = calibrate(data);
      assertThatThrownBy(() -> table.write(Path.of("/dev/full")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("/dev/full");
      assertThatThrownBy(() -> table.writeHistograms(Path.of("/dev/full")))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() ->
              calibrator()
                  .checkpoint(Path.of("/dev/full"), Duration.ZERO)
                  .calibrate(model, Set.of("scaled"), data))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("/dev/full");
      assertThat(backend.openSessions).hasValue(0);
    }

    @Test
    void anEmptyDataSet() {
      assertThatThrownBy(() -> calibrate(data.part(0, 0)))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("empty");
    }

    @Test
    void dataOfTheWrongShape() {
      assertThatThrownBy(() -> calibrate(SampleDataset.gaussian("x", Shape.of(7), 3, 1)))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("'x' FLOAT [1, 7]")
          .hasMessageContaining("FLOAT [N, 6]");
      assertThatThrownBy(() -> calibrate(SampleDataset.gaussian("x", Shape.of(2, 3), 3, 1)))
          .hasMessageContaining("[1, 2, 3]");
    }

    @Test
    void dataOfTheWrongName() {
      assertThatThrownBy(() -> calibrate(SampleDataset.gaussian("image\u001b[2J", SIX, 3, 1)))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("needs 'x'")
          .hasMessageNotContaining("\u001b");
    }

    @Test
    void tensorsThatHaveNoRange() {
      assertThatThrownBy(() -> calibrator().calibrate(model, Set.of("nothing"), data))
          .hasMessageContaining("'nothing'")
          .hasMessageContaining("no such tensor");
      assertThatThrownBy(() -> calibrator().calibrate(model, Set.of("factor"), data))
          .hasMessageContaining("constant");
      assertThatThrownBy(() -> calibrator().calibrate(model, Set.of("size"), data))
          .hasMessageContaining("INT64");
      assertThatThrownBy(() -> calibrator().calibrate(model, Set.of(), data))
          .hasMessageContaining("no tensors");
    }

    @Test
    void aBackendThatLeavesATensorOut() {
      Model longer = ScalingBackend.model(Shape.of(Dim.of("N"), Dim.of(6)));
      longer
          .graph()
          .append(
              dev.quench.graph.NodeBuilder.of("Neg")
                  .inputs(longer.graph().value("x").orElseThrow())
                  .output("negated"));

      assertThatThrownBy(() -> calibrator().calibrate(longer, Set.of("negated"), data))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("scaling never delivered tensor 'negated'");
    }

    @Test
    void dataThatCannotBeReadToTheEnd() {
      Dataset broken =
          new Dataset() {
            @Override
            public String description() {
              return "broken";
            }

            @Override
            public long size() {
              return 150;
            }

            @Override
            public String digest() {
              return "0";
            }

            @Override
            public boolean isRandom() {
              return false;
            }

            @Override
            public Stream<Batch> batches(int batchSize) {
              return data.batches(batchSize)
                  .peek(batch -> {
                    throw new UncheckedIOException(new IOException("the disk is gone"));
                  });
            }

            @Override
            public Dataset limit(long limit) {
              return this;
            }
          };

      for (int threads = 1; threads <= 2; threads++) {
        Calibrator calibrator = calibrator().threads(threads);
        assertThatThrownBy(() -> calibrator.calibrate(model, Set.of("scaled"), broken))
            .isInstanceOf(IOException.class)
            .hasMessage("the disk is gone");
      }
    }

    @Test
    void settingsBelowOne() {
      assertThatThrownBy(() -> calibrator().batchSize(0)).hasMessageContaining("batch size");
      assertThatThrownBy(() -> calibrator().threads(0)).hasMessageContaining("threads");
      assertThatThrownBy(() -> calibrator().samples(0)).hasMessageContaining("samples");
    }
  }
}
