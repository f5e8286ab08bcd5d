// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.TensorRange;
import dev.quench.graph.Model;
import dev.quench.run.CalibrationException;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the calibrator refuses.
class CalibratorRefusalTest extends CalibratorFixture {
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
        .isInstanceOf(DataException.class)
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
