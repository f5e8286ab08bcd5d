// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.run.Precision;
import dev.quench.trt.internal.CudaDevice;
import dev.quench.trt.internal.Environment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineManifestTest {
  private static final EngineManifest MANIFEST =
      new EngineManifest(
          "10.15.1.29", "NVIDIA \"L4\"", "8.9", "ab".repeat(32), Precision.BF16, "01".repeat(32));

  private static final Environment HERE =
      new Environment("10.15.1.29", new CudaDevice("NVIDIA \"L4\"", 8, 9));

  @Test
  void survivesWritingAndReading() {
    assertThat(parse(MANIFEST.toJson())).isEqualTo(MANIFEST);
  }

  @Test
  void fitsTheMachineItWasMadeOn() {
    assertThatCode(() -> MANIFEST.requireMachine("a.engine", HERE)).doesNotThrowAnyException();
    assertThatCode(() -> MANIFEST.requirePlan("a.engine", "01".repeat(32)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesAnotherTensorRtWithBothVersions() {
    refused(
        new Environment("10.16.0.1", HERE.device()),
        "a.engine does not fit: its manifest says TensorRT 10.15.1.29, here is 10.16.0.1;"
            + " build the engine again");
  }

  @Test
  void refusesAnotherComputeCapability() {
    refused(
        new Environment("10.15.1.29", new CudaDevice("NVIDIA \"L4\"", 9, 0)),
        "a.engine does not fit: its manifest says compute capability 8.9, here is 9.0;"
            + " build the engine again");
  }

  @Test
  void refusesAnotherGpu() {
    refused(
        new Environment("10.15.1.29", new CudaDevice("NVIDIA L40S", 8, 9)),
        "a.engine does not fit: its manifest says GPU NVIDIA \"L4\", here is NVIDIA L40S;"
            + " build the engine again");
  }

  @Test
  void refusesAnotherPlan() {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> MANIFEST.requirePlan("a.engine", "02".repeat(32)))
        .withMessageContaining("SHA-256 " + "01".repeat(32) + ", here is " + "02".repeat(32));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "42",
        "{} {}",
        "{\"format\":\"quench-engine\"}",
        "{\"format\":\"quench-engine\",\"formatVersion\":2}",
        "{\"format\":\"quench-engine\",\"formatVersion\":\"1\"}",
        "{\"format\":\"quench-engine\",\"formatVersion\":1}",
        "{\"format\":\"quench-engine\",\"format\":\"quench-engine\",\"formatVersion\":1}",
        "{\"format\":[[[[[[[[]]]]]]]]}"
      })
  void refusesWhatIsNoManifest(String json) {
    refusedJson(json);
  }

  @Test
  void refusesWrongTypesAndMalformedFields() {
    String good = MANIFEST.toJson();
    refusedJson(good.replace("\"8.9\"", "8.9"));
    refusedJson(good.replace("\"8.9\"", "\"eight\""));
    refusedJson(good.replace("\"bf16\"", "\"fp7\""));
    refusedJson(good.replace("ab".repeat(32), "AB".repeat(32)));
    refusedJson(good.replace("01".repeat(32), "01"));
    refusedJson(good.replace("10.15.1.29", "10.15.1.29; rm"));
    refusedJson(good.replace("NVIDIA", "N".repeat(5000)));
  }

  @Test
  void refusesAGiantFile() {
    refusedJson(" ".repeat(EngineManifest.MAX_BYTES) + MANIFEST.toJson());
  }

  @Test
  void escapesWhatAHostileFileWouldPrint() {
    String json = MANIFEST.toJson().replace("bf16", "\\u001b[2J");
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> parse(json))
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("\u001b"));
  }

  private static void refused(Environment other, String message) {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> MANIFEST.requireMachine("a.engine", other))
        .withMessage(message);
  }

  private static void refusedJson(String json) {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> parse(json))
        .withMessageStartingWith("a.engine.json");
  }

  private static EngineManifest parse(String json) {
    return EngineManifest.parse(json.getBytes(StandardCharsets.UTF_8), "a.engine.json");
  }
}
