// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.run.Precision;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.Machines;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.Environment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineManifestTest {
  private static final EngineManifest MANIFEST = manifest(HardwareCompatibility.SAME_GPU, false);

  private static final Environment HERE = Machines.of("10.15.1.29", "NVIDIA \"L4\"", 8, 9);

  private static EngineManifest manifest(HardwareCompatibility hardware, boolean versions) {
    return new EngineManifest(
        "10.15.1.29",
        "NVIDIA \"L4\"",
        "8.9",
        "ab".repeat(32),
        Precision.BF16,
        hardware,
        versions,
        Map.of("libthing.so", "cd".repeat(32)),
        new EngineKey(Map.of("model", "m"), Map.of("GPU", "g")),
        "01".repeat(32));
  }

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
        Machines.of("10.16.0.1", "NVIDIA \"L4\"", 8, 9),
        "a.engine does not fit: its manifest says TensorRT 10.15.1.29, here is 10.16.0.1;"
            + " build the engine again");
  }

  @Test
  void refusesAnotherComputeCapability() {
    refused(
        Machines.of("10.15.1.29", "NVIDIA \"L4\"", 9, 0),
        "a.engine does not fit: its manifest says compute capability 8.9, here is 9.0;"
            + " build the engine again");
  }

  @Test
  void refusesAnotherGpu() {
    refused(
        Machines.of("10.15.1.29", "NVIDIA L40S", 8, 9),
        "a.engine does not fit: its manifest says GPU NVIDIA \"L4\", here is NVIDIA L40S;"
            + " build the engine again");
  }

  @Test
  void fitsOtherGpusWhereItWasBuiltForThem() {
    assertThatCode(() ->
            manifest(HardwareCompatibility.SAME_COMPUTE_CAPABILITY, false)
                .requireMachine("a.engine", Machines.of("10.15.1.29", "NVIDIA L40S", 8, 9)))
        .doesNotThrowAnyException();
    EngineManifest wide = manifest(HardwareCompatibility.AMPERE_PLUS, false);
    assertThatCode(() -> wide.requireMachine("a.engine", Machines.H100)).doesNotThrowAnyException();
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(
            () -> wide.requireMachine("a.engine", Machines.of("10.15.1.29", "Tesla T4", 7, 5)))
        .withMessageContaining("from compute capability 8.0 on, here is Tesla T4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.15.1.29", "10.15.2.1", "10.16.0.1", "10.100.0.0"})
  void fitsNewerVersionsWhereItWasBuiltForThem(String version) {
    assertThatCode(() ->
            manifest(HardwareCompatibility.SAME_GPU, true)
                .requireMachine("a.engine", Machines.of(version, "NVIDIA \"L4\"", 8, 9)))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.15.1.28", "10.9.0.34", "11.2.0.1"})
  void refusesOlderVersionsAndOtherLinesAllTheSame(String version) {
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() ->
            manifest(HardwareCompatibility.SAME_GPU, true)
                .requireMachine("a.engine", Machines.of(version, "NVIDIA \"L4\"", 8, 9)))
        .withMessageContaining("TensorRT 10.15.1.29, here is " + version);
  }

  @Test
  void namesThePluginLibraryThatIsMissing() {
    PluginLibrary other = new PluginLibrary(Path.of("other.so"), "ef".repeat(32));
    assertThatExceptionOfType(TensorRtException.class)
        .isThrownBy(() -> MANIFEST.requirePlugins("a.engine", List.of(other)))
        .withMessageContaining("needs the plug-in library libthing.so");
    PluginLibrary same = new PluginLibrary(Path.of("elsewhere/copy.so"), "cd".repeat(32));
    assertThatCode(() -> MANIFEST.requirePlugins("a.engine", List.of(other, same)))
        .doesNotThrowAnyException();
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
        "{\"format\":\"quench-engine\",\"formatVersion\":3}",
        "{\"format\":\"quench-engine\",\"formatVersion\":\"2\"}",
        "{\"format\":\"quench-engine\",\"formatVersion\":2}",
        "{\"format\":\"quench-engine\",\"format\":\"quench-engine\",\"formatVersion\":2}",
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
    refusedJson(good.replace("NVIDIA", "N".repeat(100_000)));
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
