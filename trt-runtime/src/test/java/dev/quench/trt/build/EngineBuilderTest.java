// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.run.Precision;
import dev.quench.tensor.Shape;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.Models;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TacticSource;
import dev.quench.trt.internal.build.BuildSettings;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineBuilderTest {
  @ParameterizedTest
  @CsvSource({
    "FP32, false, false, false",
    "TF32, true, false, false",
    "FP16, true, true, false",
    "BF16, true, false, true"
  })
  void setsTheFlagsOfThePrecision(Precision precision, boolean tf32, boolean fp16, boolean bf16) {
    BuildSettings settings = EngineBuilder.of(Models.relu(4)).precision(precision).settings();
    assertThat(settings.arithmetic().stronglyTyped()).isFalse();
    assertThat(settings.arithmetic().tf32()).isEqualTo(tf32);
    assertThat(settings.arithmetic().fp16()).isEqualTo(fp16);
    assertThat(settings.arithmetic().bf16()).isEqualTo(bf16);
  }

  @Test
  void setsNoPrecisionFlagForQuantizedModels() {
    BuildSettings settings =
        EngineBuilder.of(Models.quantized()).precision(Precision.INT8).settings();
    assertThat(settings.arithmetic().stronglyTyped()).isTrue();
    assertThat(settings.arithmetic().tf32()).isFalse();
    assertThat(settings.arithmetic().fp16()).isFalse();
    assertThat(settings.arithmetic().bf16()).isFalse();
  }

  @Test
  void servesBatchesFromOneTo256ByDefault() {
    assertThat(EngineBuilder.of(Models.relu(4)).settings().profiles())
        .containsExactly(
            Map.of("x", new ShapeRange(Shape.of(1, 4), Shape.of(32, 4), Shape.of(256, 4))));
  }

  @Test
  void passesOnWhatWasAskedFor() {
    BuildSettings settings =
        EngineBuilder.of(Models.relu(4))
            .batch(2, 3, 5)
            .workspaceBytes(1 << 20)
            .optimizationLevel(5)
            .settings();
    assertThat(settings.profiles())
        .containsExactly(
            Map.of("x", new ShapeRange(Shape.of(2, 4), Shape.of(3, 4), Shape.of(5, 4))));
    assertThat(settings.limits().workspaceBytes()).isEqualTo(OptionalLong.of(1 << 20));
    assertThat(settings.limits().optimizationLevel()).isEqualTo(OptionalInt.of(5));
  }

  @Test
  void checksThePrecisionBeforeItLooksForTensorRt() {
    EngineBuilder builder = EngineBuilder.of(Models.relu(4)).precision(Precision.INT8);
    assertThatIllegalArgumentException().isThrownBy(builder::build);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 6})
  void refusesOtherOptimizationLevels(int level) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EngineBuilder.of(Models.relu(4)).optimizationLevel(level))
        .withMessage("optimizationLevel must be 0 to 5, got " + level);
  }

  @Test
  void refusesRefitWithSeveralProfiles() {
    EngineBuilder builder =
        EngineBuilder.of(Models.relu(4))
            .refittable(true)
            .anotherProfile()
            .profile("x", Shape.of(4, 4), Shape.of(8, 4), Shape.of(9, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(builder::settings)
        .withMessage(
            "a refittable engine takes one optimization profile, got 2; leave out the others or refit");
  }

  @Test
  void allowsNoOtherTacticSourcesUnlessAsked() {
    assertThat(EngineBuilder.of(Models.relu(4)).settings().limits().tacticSources()).isEmpty();
    assertThat(
            EngineBuilder.of(Models.relu(4))
                .tacticSources(Set.of(TacticSource.CUDNN, TacticSource.CUBLAS))
                .settings()
                .limits()
                .tacticSources())
        .containsExactly(TacticSource.CUBLAS, TacticSource.CUDNN);
  }

  /// TensorRT would leave them out without a word that one sees.
  @Test
  void refusesKernelsOfOtherLibrariesInEnginesForOtherGpus() {
    EngineBuilder builder =
        EngineBuilder.of(Models.relu(4))
            .hardware(HardwareCompatibility.AMPERE_PLUS)
            .tacticSources(Set.of(TacticSource.CUBLAS_LT));
    assertThatIllegalArgumentException()
        .isThrownBy(builder::settings)
        .withMessageContaining("got tactic sources [CUBLAS_LT]");
  }

  @Test
  void refusesNoWorkspace() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EngineBuilder.of(Models.relu(4)).workspaceBytes(0))
        .withMessage("workspaceBytes must be positive, got 0");
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 2", "1, 3, 2", "2, 1, 2"})
  void refusesBatchesThatDoNotGrow(long min, long opt, long max) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EngineBuilder.of(Models.relu(4)).batch(min, opt, max))
        .withMessageContaining("got %d, %d, %d".formatted(min, opt, max));
  }
}
