// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.SampleDataset;
import dev.quench.calibration.ScalingBackend;
import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramTest;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.digest.Sha256;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.run.CalibrationException;
import dev.quench.run.dataset.DataException;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class CalibrationTableTest {
  private static final String MODEL = Sha256.hex(new byte[] {1});
  private static final String OTHER_MODEL = Sha256.hex(new byte[] {2});

  @TempDir Path folder;

  public static CalibrationTable table(
      String method, String data, boolean random, Map<String, Histogram> histograms) {
    RangeMethod chosen = RangeMethod.parse(method);
    return new CalibrationTable(
        new TableHeader(
            "quench test",
            Optional.of(MODEL),
            chosen.spelling(),
            "mean 0.5, std 0.25",
            List.of(
                new CalibrationData(
                    Sha256.hex(data.getBytes(StandardCharsets.UTF_8)), data, 10, random)),
            List.of("input: 0")),
        histograms.entrySet().stream()
            .map(
                entry -> TensorRange.of(entry.getKey(), Optional.empty(), chosen, entry.getValue()))
            .toList(),
        histograms,
        null);
  }

  public static Map<String, Histogram> histograms(long seed) {
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(seed);
    for (String name : List.of("input: 0", "conv\u001b[31m \"1\"", "relu", "größe")) {
      float[] values = new float[500];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * random.nextDouble(3));
      }
      histograms.put(name, HistogramTest.of(values));
    }
    histograms.put("dead", HistogramTest.of(0f, 0f));
    return histograms;
  }

  private static CalibrationTable table() {
    return table("entropy", "some data", false, histograms(1));
  }

  private static CalibrationTable reread(CalibrationTable table) {
    return TableJson.parse(table.toJson().getBytes(StandardCharsets.UTF_8), "test");
  }

  @Nested
  class Json {
    @ParameterizedTest
    @ValueSource(strings = {"minmax", "percentile:99.9", "entropy"})
    void comesBackAsTheSameTable(String method) throws IOException {
      CalibrationTable table = table(method, "some data", false, histograms(2));
      Path file = folder.resolve("calibration.json");
      table.write(file);
      CalibrationTable read = CalibrationTable.read(file);

      assertThat(read).isEqualTo(table);
      assertThat(read.toJson()).isEqualTo(table.toJson());
      assertThat(read.hasHistograms()).isFalse();
    }

    @Test
    void hasOneTensorALine() {
      List<String> lines = table().toJson().lines().toList();

      assertThat(lines).filteredOn(line -> line.contains("\"threshold\"")).hasSize(5);
      assertThat(lines.getFirst()).isEqualTo("{");
      assertThat(lines.get(1)).isEqualTo("  \"schemaVersion\": 2,");
      assertThat(lines.getLast()).isEqualTo("}");
    }

    @Test
    void holdsTheBitsOfTheScale() {
      CalibrationTable table =
          table("minmax", "d", false, Map.of("x", HistogramTest.of(127f, -3f)));

      assertThat(table.toJson()).contains("\"scale\":\"3f800000\"").contains("\"threshold\":127.0");
    }

    @Test
    void keepsTheStampOfNoise() {
      CalibrationTable table = table("minmax", "noise", true, histograms(1));

      assertThat(table.toJson()).contains("\"uncalibrated\": true");
      assertThat(reread(table).isUncalibrated()).isTrue();
    }

    @Test
    void isRefusedWhenEdited() {
      String text = table().toJson();
      for (String[] edit :
          new String[][] {
            {"\"some data\"", "\"other data\""},
            {"\"uncalibrated\": false", "\"uncalibrated\": true"},
            {"\"zeros\":0", "\"zeros\":1"},
            {MODEL, OTHER_MODEL},
          }) {
        assertThat(text).contains(edit[0]);
        assertThatThrownBy(() ->
                TableJson.parse(
                    text.replaceFirst(edit[0], edit[1]).getBytes(StandardCharsets.UTF_8), "t.json"))
            .as(edit[0])
            .isInstanceOf(CalibrationException.class)
            .hasMessageStartingWith("t.json: not a valid calibration table: its checksum");
      }
    }

    @Test
    void mayBeIndentedAnew() {
      String text = table().toJson().replace("\n    ", "\n").replace("\": ", "\":");

      assertThat(TableJson.parse(text.getBytes(StandardCharsets.UTF_8), "t").names()).hasSize(5);
    }

    @Test
    void isRefusedWhenTruncated() {
      byte[] bytes = table().toJson().getBytes(StandardCharsets.UTF_8);
      for (int length = 0; length < bytes.length - 2; length += 7) {
        byte[] truncated = Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> TableJson.parse(truncated, "t.json"))
            .isInstanceOf(CalibrationException.class)
            .hasMessageStartingWith("t.json: not a valid calibration table: ")
            .message()
            .doesNotContain("\n");
      }
    }

    @Test
    void isRefusedWithMessagesThatNameTheFault() {
      String text = table().toJson();
      refused(text.replace("\"schemaVersion\": 2", "\"schemaVersion\": 9"), "schema version is 9");
      refused(text.replaceFirst("\"low\":[^,]*", "\"low\":-1e30"), "asymmetric");
      refused(text.replace("\"samples\":\"0-9\"", "\"samples\":\"5-10\""), "5-10");
      refused(text.replace("\"samples\":\"0-9\"", "\"samples\":\"\""), "span");
      refused(text.replace("\"method\": \"entropy\"", "\"method\": 7"), "field 'method'");
      refused(text.replaceFirst("\"threshold\":[^,]*", "\"threshold\":-1.0"), "threshold");
      refused(text.replaceFirst("\"threshold\":[^,]*", "\"threshold\":1e999"), "finite number");
      refused(text.replaceFirst("\"threshold\":[^,]*", "\"threshold\":NaN"), "expected valid JSON");
      refused(text.replaceFirst("\"threshold\":[^,]*", "\"threshold\":1e30"), "exceeds");
      refused(text.replaceFirst("\"scale\":\"........\"", "\"scale\":\"00000000\""), "contradicts");
      refused(text.replace("\"relu\"", "\"dead\""), "'dead' has two ranges");
      refused(text.replaceFirst("\"zeros\":0", "\"zeros\":0,\"note\":1"), "16 fields");
      refused(text.replaceFirst("\"zeros\":0,", ""), "no field 'zeros'");
      refused(text.replaceFirst("\"zeros\":0", "\"zeros\":0,\"zeros\":0"), "Duplicate field");
      refused(text.replaceFirst("\"zeros\":0", "\"zeros\":99999"), "counts");
      refused(text + "{}", "expected valid JSON");
      refused("[1]", "expected a JSON object");
      refused("{\"data\": " + "[".repeat(100_000), "expected valid JSON");
    }

    private void refused(String text, String fault) {
      assertThatThrownBy(() -> TableJson.parse(text.getBytes(StandardCharsets.UTF_8), "t.json"))
          .isInstanceOf(CalibrationException.class)
          .hasMessageStartingWith("t.json: not a valid calibration table: ")
          .hasMessageContaining(fault)
          .hasMessageNotContaining("\u001b");
    }

    @Test
    void survivesNoise() {
      byte[] bytes = table().toJson().getBytes(StandardCharsets.UTF_8);
      SplittableRandom random = new SplittableRandom(4);
      for (int i = 0; i < 500; i++) {
        byte[] mutated = bytes.clone();
        for (int j = 0; j <= random.nextInt(3); j++) {
          mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
        }
        try {
          assertThat(TableJson.parse(mutated, "noise").entries()).hasSize(5);
        } catch (CalibrationException e) {
          assertThat(e).hasMessageStartingWith("noise: ");
        }
      }
    }

    @Test
    void isRefusedWhenAFolderOrTooLarge() throws IOException {
      assertThatThrownBy(() -> CalibrationTable.read(folder))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("folder");
      Path large = folder.resolve("large.json");
      try (var channel =
          java.nio.channels.FileChannel.open(
              large,
              java.nio.file.StandardOpenOption.CREATE_NEW,
              java.nio.file.StandardOpenOption.WRITE)) {
        channel.write(java.nio.ByteBuffer.wrap(new byte[1]), 100L << 20);
      }
      assertThatThrownBy(() -> CalibrationTable.read(large)).hasMessageContaining("allowed");
    }
  }

  @Nested
  class Trust {
    @Test
    void isGivenForItsOwnModelOnly() {
      table().requireModel(MODEL);

      assertThatThrownBy(() -> table().requireModel(OTHER_MODEL))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining(MODEL)
          .hasMessageContaining(OTHER_MODEL);
    }

    @Test
    void isGivenByTheCalibratorToTheModelItRan() throws IOException {
      Model model = ScalingBackend.model();
      CalibrationTable table =
          Calibrator.using(new ScalingBackend())
              .calibrate(model, Set.of("x"), SampleDataset.gaussian("x", Shape.of(6), 3, 1));
      table.requireModel(ScalingBackend.model());
      Model other = ScalingBackend.model();
      other.graph().setInitializer(other.graph().value("factor").orElseThrow(), Tensor.scalar(2f));

      assertThatThrownBy(() -> table.requireModel(other))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining(ModelDigest.of(model))
          .hasMessageContaining(ModelDigest.of(other));
    }

    @Test
    void isGivenToTheCacheWrittenBeside() {
      TensorRtCache cache = TensorRtCache.of(table(), TensorRtVersion.BUNDLED);
      CalibrationTable vouching = reread(table().vouchingFor(cache));
      vouching.requireCache(cache);
      vouching.requireCache(cache.withVersion(new TensorRtVersion(10, 3, 0)));

      TensorRtCache other =
          TensorRtCache.of(table("minmax", "d", false, histograms(9)), TensorRtVersion.BUNDLED);
      assertThatThrownBy(() -> vouching.requireCache(other))
          .hasMessageContaining(other.digest())
          .hasMessageContaining(cache.digest());
      assertThatThrownBy(() -> table().requireCache(cache)).hasMessageContaining("none");
    }

    @Test
    void isNotGivenToRangesOfACache() {
      CalibrationTable fromCache =
          CalibrationTable.fromCache(TensorRtCache.of(table(), TensorRtVersion.BUNDLED));

      assertThatThrownBy(() -> fromCache.requireModel(MODEL))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining(MODEL);
      assertThat(reread(fromCache)).isEqualTo(fromCache);
    }
  }

  @Nested
  class Merge {
    private CalibrationTable shard(String method, long seed) {
      return table(method, "shard " + seed, false, histograms(seed));
    }

    @ParameterizedTest
    @ValueSource(strings = {"minmax", "percentile:99.9", "entropy"})
    void givesTheRangesOfOneRun(String method) throws IOException {
      SampleDataset data = SampleDataset.gaussian("x", Shape.of(6), 100, 5);
      Calibrator calibrator =
          Calibrator.using(new ScalingBackend()).method(RangeMethod.parse(method));
      CalibrationTable whole =
          calibrator.calibrate(ScalingBackend.model(), ScalingBackend.TENSORS, data);
      CalibrationTable a =
          calibrator.calibrate(ScalingBackend.model(), ScalingBackend.TENSORS, data.part(0, 37));
      CalibrationTable b =
          calibrator.calibrate(ScalingBackend.model(), ScalingBackend.TENSORS, data.part(37, 100));

      assertThat(CalibrationTable.merge(a, b).entries()).containsExactlyElementsOf(whole.entries());
      assertThat(CalibrationTable.merge(a, b).header().data()).hasSize(2);
    }

    @Test
    void isCommutativeAndAssociative() {
      CalibrationTable a = shard("entropy", 1);
      CalibrationTable b = shard("entropy", 2);
      CalibrationTable c = shard("entropy", 3);

      assertThat(CalibrationTable.merge(a, b)).isEqualTo(CalibrationTable.merge(b, a));
      assertThat(CalibrationTable.merge(CalibrationTable.merge(a, b), c))
          .isEqualTo(CalibrationTable.merge(a, CalibrationTable.merge(b, c)));
    }

    @Test
    void worksOnHistogramsReadFromFiles() throws IOException {
      CalibrationTable a = shard("entropy", 1);
      CalibrationTable b = shard("entropy", 2);
      a.write(folder.resolve("a.json"));
      a.writeHistograms(folder.resolve("a.histograms"));
      CalibrationTable read =
          CalibrationTable.read(folder.resolve("a.json"))
              .withHistograms(folder.resolve("a.histograms"));

      assertThat(CalibrationTable.merge(read, b)).isEqualTo(CalibrationTable.merge(a, b));
      assertThatThrownBy(() -> b.withHistograms(folder.resolve("a.histograms")))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("does not belong");
    }

    @Test
    void needsHistogramsUnlessItIsMinMax() {
      CalibrationTable a = shard("minmax", 1);
      CalibrationTable b = shard("minmax", 2);
      CalibrationTable merged = CalibrationTable.merge(reread(a), reread(b));
      CalibrationTable exact = CalibrationTable.merge(a, b);
      for (TensorRange range : exact.entries()) {
        TensorRange without = merged.entry(range.name()).orElseThrow();
        assertThat(without.threshold()).isEqualTo(range.threshold());
        assertThat(without.extremes()).isEqualTo(range.extremes());
        assertThat(without.counts()).isEqualTo(range.counts());
        assertThat(without.histogramDigest()).isEmpty();
      }
      assertThatThrownBy(() ->
              CalibrationTable.merge(reread(shard("entropy", 1)), reread(shard("entropy", 2))))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("histograms");
    }

    @Test
    void refusesWhatDoesNotBelongTogether() {
      CalibrationTable a = shard("minmax", 1);
      assertThatThrownBy(() -> CalibrationTable.merge(a, a)).hasMessageContaining("twice");
      assertThatThrownBy(() -> CalibrationTable.merge(a, shard("entropy", 2)))
          .hasMessageContaining("different methods");
      Map<String, Histogram> fewer = histograms(2);
      fewer.remove("relu");
      assertThatThrownBy(() -> CalibrationTable.merge(a, table("minmax", "d", false, fewer)))
          .hasMessageContaining("'relu'");
      assertThatThrownBy(() ->
              CalibrationTable.merge(
                  a, CalibrationTable.fromCache(TensorRtCache.of(a, TensorRtVersion.BUNDLED))))
          .hasMessageContaining("cache");
    }
  }

  @Nested
  class HistogramsFile {
    @Test
    void comesBackTheSame() {
      Map<String, Histogram> histograms = histograms(1);

      assertThat(HistogramFile.decode(HistogramFile.encode(histograms), "h"))
          .containsExactlyEntriesOf(histograms);
    }

    @Test
    void isRefusedWhenTruncatedOrChanged() {
      byte[] bytes = HistogramFile.encode(histograms(1));
      SplittableRandom random = new SplittableRandom(6);
      for (int i = 0; i < 300; i++) {
        byte[] damaged =
            i % 2 == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes.clone();
        if (i % 2 == 1) {
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        assertThatThrownBy(() -> HistogramFile.decode(damaged, "h"))
            .isInstanceOf(CalibrationException.class)
            .hasMessageStartingWith("h: not a valid histogram file");
      }
    }
  }
}
