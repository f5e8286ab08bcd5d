// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramTest;
import dev.quench.calibration.method.TensorRtScale;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.CalibrationTableTest;
import dev.quench.graph.Graph;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.run.CalibrationException;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorRtCacheTest {
  private static final String HEADER = "TRT-101501-EntropyCalibration2\n";

  @TempDir Path folder;

  private static CalibrationTable minMax(Map<String, Float> magnitudes) {
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    magnitudes.forEach((name, amax) -> histograms.put(name, HistogramTest.of(amax)));
    return CalibrationTableTest.table("minmax", "d", false, histograms);
  }

  @Nested
  class Scales {
    @ParameterizedTest
    @CsvSource({"255, 4000890a", "1, 3c010a14", "2.64, 3caa54fc"})
    void ofUnclippedTensorsAreTensorRtsOwn(double amax, String bits) {
      assertThat("%08x".formatted(Float.floatToIntBits(TensorRtScale.entropyUnclipped(amax))))
          .isEqualTo(bits);
    }

    @Test
    void ofMinMaxAreTheMagnitudeOverItsLevels() {
      assertThat("%08x".formatted(Float.floatToIntBits(TensorRtScale.minMax(255))))
          .isEqualTo("40008102");
    }
  }

  @Nested
  class Text {
    @Test
    void isAsTensorRtWritesIt() {
      Map<String, Float> magnitudes = new LinkedHashMap<>();
      magnitudes.put("data", 127f);
      magnitudes.put("(Unnamed Layer* 4) [Shuffle]_output", 63.5f);
      magnitudes.put("a: b: c", 12.7f);

      assertThat(TensorRtCache.of(minMax(magnitudes), TensorRtVersion.BUNDLED).toText())
          .isEqualTo(
              HEADER
                  + "data: 3f800000\n"
                  + "(Unnamed Layer* 4) [Shuffle]_output: 3f000000\n"
                  + "a: b: c: 3dcccccd\n");
    }

    @Test
    void comesBackAsTheSameCache() throws IOException {
      TensorRtCache cache =
          TensorRtCache.of(
              CalibrationTableTest.table("entropy", "d", false, CalibrationTableTest.histograms(1)),
              new TensorRtVersion(8, 6, 1),
              TensorRtCache.Algorithm.MIN_MAX);
      Path file = folder.resolve("calibration.cache");
      cache.write(file);

      assertThat(TensorRtCache.read(file)).isEqualTo(cache);
      assertThat(Files.readString(file)).startsWith("TRT-8601-MinMaxCalibration\n");
    }

    @Test
    void isParsedOnTheLastSeparator() {
      TensorRtCache cache =
          TensorRtCache.parse(
              HEADER + "x: 3f800000: 3c010a14\n(Unnamed Layer* 1) [Constant]_output: 3c010a14",
              "c");

      assertThat(cache.scales())
          .containsOnlyKeys("x: 3f800000", "(Unnamed Layer* 1) [Constant]_output");
      assertThat(cache.scales().get("x: 3f800000")).isEqualTo(Float.intBitsToFloat(0x3c010a14));
    }

    @Test
    void mayHaveWindowsLineEndsAndCapitalDigits() {
      assertThat(
              TensorRtCache.parse("TRT-8501-EntropyCalibration2\r\ndata: 3C010A14\r\n\r\n", "c")
                  .scales())
          .containsOnlyKeys("data");
    }

    @Test
    void leavesOutTensorsThatWereZeroThroughout() {
      assertThat(TensorRtCache.of(minMax(Map.of("dead", 0f)), TensorRtVersion.BUNDLED).scales())
          .isEmpty();
    }

    @Test
    void keepsItsDigestUnderAnotherVersion() {
      TensorRtCache cache = TensorRtCache.of(minMax(Map.of("x", 1f)), TensorRtVersion.BUNDLED);

      assertThat(cache.withVersion(new TensorRtVersion(10, 3, 0)).digest())
          .isEqualTo(cache.digest());
      assertThat(TensorRtCache.of(minMax(Map.of("x", 2f)), TensorRtVersion.BUNDLED).digest())
          .isNotEqualTo(cache.digest());
    }

    @Test
    void givesItsScalesBackThroughATable() {
      TensorRtCache cache =
          TensorRtCache.parse(HEADER + "a: 4000890a\nb: 3c010a14\nc: 00000001\nd: 7f7fffff\n", "c");

      assertThat(TensorRtCache.of(CalibrationTable.fromCache(cache), TensorRtVersion.BUNDLED))
          .isEqualTo(cache);
    }

    @Test
    void isNotWrittenForNoiseOrForNamesWithLineBreaks() {
      CalibrationTable noise =
          CalibrationTableTest.table("minmax", "d", true, CalibrationTableTest.histograms(1));
      assertThatThrownBy(() -> TensorRtCache.of(noise, TensorRtVersion.BUNDLED))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("random");
      assertThatThrownBy(
              () -> TensorRtCache.of(minMax(Map.of("a\nb", 1f)), TensorRtVersion.BUNDLED))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("line break")
          .hasMessageNotContaining("\n");
    }
  }

  @Nested
  class Refuses {
    private void refused(String text, int line, String fault) {
      assertThatThrownBy(() -> TensorRtCache.parse(text, "c.cache"))
          .as(text)
          .isInstanceOf(CalibrationException.class)
          .hasMessageStartingWith("c.cache, line " + line + ": ")
          .hasMessageContaining(fault)
          .hasMessageNotContaining("\u001b");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "\n",
          "x: 3c010a14\n",
          "TRT-EntropyCalibration2\n",
          "TRT-1-EntropyCalibration2",
          "TRT-8501-\n",
          "PK\u0003\u0004"
        })
    void aMissingHeader(String text) {
      refused(text, 1, "header");
    }

    @Test
    void anUnknownCalibrator() {
      refused("TRT-8501-Magic\nx: 3c010a14\n", 1, "Magic");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "x",
          "x:3c010a14",
          ": 3c010a14",
          "x: 3c010a1",
          "x: 3c010a144",
          "x: 3c010a1g",
          "x: ",
          "x: 0x3c010a",
          "x\u001b[2J: zzzzzzzz"
        })
    void linesThatAreNoScales(String line) {
      refused(HEADER + "ok: 3c010a14\n" + line + "\n", 3, "8 hex digits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"7fc00000", "7f800000", "ff800000", "bc010a14", "00000000", "80000000"})
    void scalesThatAreNotPositiveAndFinite(String bits) {
      refused(HEADER + "x: " + bits, 2, "positive finite");
    }

    @Test
    void aNameThatOccursTwice() {
      refused(HEADER + "x: 3c010a14\ny: 3c010a14\nx: 3c010a14\n", 4, "'x' occurs twice");
    }

    @Test
    void aLineThatIsTooLong() {
      refused(HEADER + "x".repeat(100_000) + ": 3c010a14\n", 2, "allowed");
    }

    @Test
    void bytesThatAreNoText() throws IOException {
      Path file = folder.resolve("binary.cache");
      Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});

      assertThatThrownBy(() -> TensorRtCache.read(file))
          .isInstanceOf(CalibrationException.class)
          .hasMessageContaining("UTF-8");
    }

    @Test
    void noiseWithoutCrashing() throws IOException {
      SplittableRandom random = new SplittableRandom(8);
      byte[] bytes = (HEADER + "a: 4000890a\nb: 3c010a14\n").getBytes(StandardCharsets.UTF_8);
      Path file = folder.resolve("noise.cache");
      for (int i = 0; i < 300; i++) {
        byte[] mutated = bytes.clone();
        mutated[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        Files.write(file, mutated);
        try {
          assertThat(TensorRtCache.read(file).scales().values()).allMatch(scale -> scale > 0);
        } catch (CalibrationException e) {
          assertThat(e).hasMessageStartingWith(file.toString());
        }
      }
    }
  }

  @Nested
  class Coverage {
    @Test
    void namesWhatIsPresentMissingAndExtra() {
      TensorRtCache cache =
          TensorRtCache.parse(HEADER + "a: 3c010a14\nb: 3c010a14\nc: 3c010a14\n", "c");
      TensorRtCache.Coverage coverage =
          cache.coverage(new LinkedHashSet<>(List.of("b", "z\u001b[2J", "a")));

      assertThat(coverage.present()).containsExactly("b", "a");
      assertThat(coverage.missing()).containsExactly("z\u001b[2J");
      assertThat(coverage.extra()).containsExactly("c");
      assertThat(coverage.isComplete()).isFalse();
      assertThat(coverage.toString())
          .startsWith("2 of 3 tensors present, missing 'z")
          .doesNotContain("\u001b");
    }
  }

  @Nested
  class Versions {
    @ParameterizedTest
    @CsvSource({"8.5.1, 8501", "10.3.0, 100300", "10.15.1, 101501", "7.2.3, 7203", "11.1, 110100"})
    void haveTheCodesOfTensorRt(String text, int code) {
      assertThat(TensorRtVersion.parse(text).code()).isEqualTo(code);
      assertThat(TensorRtVersion.fromCode(code)).isEqualTo(TensorRtVersion.parse(text));
    }

    @Test
    void mayNameABuild() {
      assertThat(TensorRtVersion.parse("10.15.1.29")).isEqualTo(TensorRtVersion.BUNDLED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "x.y.z", "10.15.1.29.3", "0.1.2", "8.12.0", "-1.0.0"})
    void areRefusedWhenTheyAreNone(String text) {
      assertThatThrownBy(() -> TensorRtVersion.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not a version of TensorRT");
    }
  }

  /// `x → Conv → Relu → MaxPool → AveragePool`, by names of the outputs.
  @Nested
  class Completed {
    private final Graph graph = new Graph("g", OpsetImports.onnx(17));

    Completed() {
      Value value = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(1, 1, 8, 8)));
      for (String opType : List.of("Conv", "Relu", "MaxPool", "AveragePool")) {
        value =
            graph
                .append(
                    NodeBuilder.of(opType)
                        .unchecked()
                        .inputs(value)
                        .output(opType.toLowerCase(Locale.ROOT)))
                .output(0);
      }
      graph.addOutput(value);
    }

    private String completed(String... lines) {
      return TensorRtCache.parse(HEADER + String.join("\n", lines), "test")
          .completedFor(graph)
          .toText();
    }

    @Test
    void namesWhatAPoolingReadsWithItsScale() {
      assertThat(completed("x: 3f800000", "maxpool: 3c010a14"))
          .isEqualTo(
              HEADER
                  + "x: 3f800000\nmaxpool: 3c010a14\nconv: 3c010a14\nrelu: 3c010a14\naveragepool: 3c010a14\n");
    }

    @Test
    void namesWhatAPoolingGivesWithTheScaleOfWhatItReads() {
      assertThat(completed("relu: 3c010a14"))
          .isEqualTo(
              HEADER
                  + "relu: 3c010a14\nconv: 3c010a14\nmaxpool: 3c010a14\naveragepool: 3c010a14\n");
    }

    @Test
    void takesNoScaleFromAnAverage() {
      assertThat(completed("averagepool: 3c010a14")).isEqualTo(HEADER + "averagepool: 3c010a14\n");
    }

    @Test
    void leavesWhatIsNamedAsItIs() {
      assertThat(completed("relu: 3f800000", "maxpool: 40000000"))
          .contains("relu: 3f800000\nmaxpool: 40000000\n");
    }
  }
}
