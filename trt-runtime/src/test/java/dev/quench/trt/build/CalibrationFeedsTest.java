// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.ValueType;
import dev.quench.run.CalibrationException;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.Models;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.build.BuildSettings;
import dev.quench.trt.internal.build.CalibrationFeed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationFeedsTest {
  private static final TensorRtCache CACHE =
      TensorRtCache.parse("TRT-8501-EntropyCalibration2\nx: 3c010a14\ny: 4000890a\n", "test");

  @Test
  void stampsTheCacheWithTheVersionThatReadsIt() {
    try (CalibrationFeed feed = open(Int8Calibration.trusting(CACHE))) {
      assertThat(feed.algorithm()).isEqualTo(CalibrationFeed.Algorithm.ENTROPY_2);
      assertThat(text(feed.cache(101501).orElseThrow()))
          .isEqualTo("TRT-101501-EntropyCalibration2\nx: 3c010a14\ny: 4000890a\n");
      assertThat(feed.shapes()).isEmpty();
    }
  }

  @Test
  void namesTheCalibratorThatIsToReadIt() {
    Int8Calibration ranges =
        new Int8Calibration.Ranges(
            CalibrationTable.fromCache(CACHE), Int8Calibration.Calibrator.MIN_MAX, true);
    try (CalibrationFeed feed = open(ranges)) {
      assertThat(feed.algorithm()).isEqualTo(CalibrationFeed.Algorithm.MIN_MAX);
      assertThat(text(feed.cache(101501).orElseThrow()))
          .startsWith("TRT-101501-MinMaxCalibration\n");
    }
  }

  @Test
  void saysThatTheCacheWasRefusedWhenDataIsAskedFor() {
    try (CalibrationFeed feed = open(Int8Calibration.trusting(CACHE))) {
      assertThatExceptionOfType(TensorRtException.class)
          .isThrownBy(feed::next)
          .withMessageContaining("refused the calibration cache");
    }
  }

  @ParameterizedTest
  @CsvSource({"EntropyCalibration", "LegacyCalibration"})
  void refusesCachesOfFusedLayers(String algorithm) {
    TensorRtCache cache = TensorRtCache.parse("TRT-8501-" + algorithm + "\nx: 3c010a14\n", "test");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Int8Calibration.trusting(cache))
        .withMessageContaining(algorithm);
  }

  @Test
  void refusesRangesThatNameNoModelUnlessTrusted() {
    EngineBuilder untrusted =
        EngineBuilder.of(Models.relu(4))
            .implicitInt8(Int8Calibration.of(CalibrationTable.fromCache(CACHE)));
    assertThatExceptionOfType(CalibrationException.class).isThrownBy(untrusted::settings);
    BuildSettings settings =
        EngineBuilder.of(Models.relu(4)).implicitInt8(Int8Calibration.trusting(CACHE)).settings();
    assertThat(settings.arithmetic().int8()).isTrue();
    assertThat(settings.arithmetic().stronglyTyped()).isFalse();
  }

  @Test
  void refusesRangesForAModelWithQdqNodes() {
    EngineBuilder builder =
        EngineBuilder.of(Models.quantized()).implicitInt8(Int8Calibration.trusting(CACHE));
    assertThatIllegalArgumentException()
        .isThrownBy(builder::settings)
        .withMessageContaining("ranges of a calibrator have no effect");
  }

  @Test
  void givesFullBatchesOnly() {
    try (CalibrationFeed feed = open(Int8Calibration.of(data(7), 3))) {
      assertThat(feed.cache(101501)).isEmpty();
      assertThat(feed.batchSize()).isEqualTo(3);
      assertThat(feed.shapes()).isEqualTo(Map.of("x", Shape.of(3, 2)));
      assertThat(feed.next().orElseThrow().get("x").toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(feed.next().orElseThrow().get("x").toFloats()).containsExactly(6, 7, 8, 9, 10, 11);
      assertThat(feed.next()).isEmpty();
      assertThat(feed.next()).isEmpty();
    }
  }

  @Test
  void refusesLessThanABatch() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Int8Calibration.of(data(2), 3))
        .withMessageContaining("2 samples, fewer than the one batch of 3");
  }

  @Test
  void isAnotherKeyForOtherRangesOrData() {
    TensorRtCache other =
        TensorRtCache.parse("TRT-8501-EntropyCalibration2\nx: 3c010a15\n", "test");
    TensorRtCache sameUnderAnotherHeader =
        TensorRtCache.parse("TRT-101501-EntropyCalibration2\nx: 3c010a14\ny: 4000890a\n", "test");
    String identity = identity(Int8Calibration.trusting(CACHE));
    assertThat(identity(Int8Calibration.trusting(sameUnderAnotherHeader))).isEqualTo(identity);
    assertThat(identity(Int8Calibration.trusting(other))).isNotEqualTo(identity);
    assertThat(identity(Int8Calibration.of(data(4), 2)))
        .isNotEqualTo(identity(Int8Calibration.of(data(4), 4)))
        .isNotEqualTo(identity(Int8Calibration.of(data(5), 2)));
  }

  @Test
  void saysHowManySamplesFillNoBatch() {
    assertThat(CalibrationFeeds.remarks(Int8Calibration.of(data(7), 3)))
        .containsExactly(
            "1 of the 7 samples of test take no part in calibration: TensorRT takes full batches only, of 3 here");
    assertThat(CalibrationFeeds.remarks(Int8Calibration.of(data(6), 3))).isEmpty();
    assertThat(CalibrationFeeds.remarks(Int8Calibration.trusting(CACHE))).isEmpty();
  }

  @Test
  void refusesBatchesOfAnotherSizeThanTheModelFixes() {
    Model fixed = Models.relu(2);
    fixed.graph().inputs().getFirst().setType(ValueType.tensor(DataType.FLOAT, Shape.of(2, 2)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CalibrationFeeds.open(Int8Calibration.of(data(6), 3), fixed.graph()))
        .withMessage(
            "calibration in batches of 3 of test: input 'x' has shape [3, 2], expected [2, 2]");
  }

  @Test
  void refusesSamplesOfSeveralShapes() {
    Model model = Models.unary("Relu", Shape.of(Dim.of("N"), Dim.of("W")));
    try (CalibrationFeed feed =
        CalibrationFeeds.open(Int8Calibration.of(new Widths(2, 3), 1), model.graph())) {
      assertThat(feed.next()).isPresent();
      assertThatIllegalArgumentException()
          .isThrownBy(feed::next)
          .withMessageContaining("input 'x' has shape [1, 2] first and [1, 3] later");
    }
  }

  /// Of three samples, two do not stack.
  @Test
  void doesNotTakeABatchThatEndsEarlyForTheLast() {
    Model model = Models.unary("Relu", Shape.of(Dim.of("N"), Dim.of("W")));
    try (CalibrationFeed feed =
        CalibrationFeeds.open(Int8Calibration.of(new Widths(2, 3, 3), 2), model.graph())) {
      assertThatIllegalArgumentException()
          .isThrownBy(feed::next)
          .withMessageContaining("in batches of 2; input 'x' has shape [1, 2] first");
    }
  }

  @Test
  void namesWhatAPoolingReadsBesidesWhatItGives() {
    Model model = Models.unary("MaxPool", Shape.of(1, 1, 4, 4));
    TensorRtCache cache =
        TensorRtCache.parse("TRT-8501-EntropyCalibration2\ny: 3c010a14\n", "test");
    try (CalibrationFeed feed =
        CalibrationFeeds.open(Int8Calibration.trusting(cache), model.graph())) {
      assertThat(text(feed.cache(101501).orElseThrow()))
          .isEqualTo("TRT-101501-EntropyCalibration2\ny: 3c010a14\nx: 3c010a14\n");
    }
    assertThat(CalibrationFeeds.identity(Int8Calibration.trusting(cache), model.graph()))
        .isNotEqualTo(
            CalibrationFeeds.identity(
                Int8Calibration.trusting(cache),
                Models.unary("Sigmoid", Shape.of(1, 1, 4, 4)).graph()));
  }

  /// Samples of so many zeros each.
  private record Widths(int... widths) implements Dataset {
    @Override
    public String description() {
      return "widths";
    }

    @Override
    public long size() {
      return widths.length;
    }

    @Override
    public String digest() {
      return "";
    }

    @Override
    public boolean isRandom() {
      return false;
    }

    @Override
    public Stream<Batch> batches(int batchSize) {
      List<Batch> batches = new ArrayList<>();
      int from = 0;
      while (from < widths.length) {
        int to = from + 1;
        while (to < widths.length && to < from + batchSize && widths[to] == widths[from]) {
          to++;
        }
        Shape shape = Shape.of(to - from, widths[from]);
        Tensor zeros = Tensor.ofFloats(shape, new float[Math.toIntExact(shape.elements())]);
        batches.add(new Batch(Map.of("x", zeros), new Labels.None(), to - from));
        from = to;
      }
      return batches.stream();
    }

    @Override
    public Dataset limit(long limit) {
      return new Widths(Arrays.copyOf(widths, Math.toIntExact(limit)));
    }
  }

  private static CalibrationFeed open(Int8Calibration calibration) {
    return CalibrationFeeds.open(calibration, Models.relu(2).graph());
  }

  private static String identity(Int8Calibration calibration) {
    return CalibrationFeeds.identity(calibration, Models.relu(2).graph());
  }

  private static Dataset data(int samples) {
    float[] values = new float[samples * 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return TensorDataset.of("test", Map.of("x", Tensor.ofFloats(Shape.of(samples, 2), values)));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
