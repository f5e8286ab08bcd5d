// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.run.Precision;
import dev.quench.tensor.Shape;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.Machines;
import dev.quench.trt.Models;
import dev.quench.trt.TacticSource;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.internal.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineKeysTest {
  @TempDir Path folder;

  private static EngineBuilder builder() {
    return EngineBuilder.of(Models.relu(4));
  }

  @Test
  void isTheSameForTheSameRequestAndMachine() {
    assertThat(key(builder(), Machines.L4)).isEqualTo(key(builder(), Machines.L4));
    assertThat(key(builder(), Machines.L4).digest()).matches("[0-9a-f]{64}");
  }

  @Test
  void tellsMachinesApartWhateverIsBuilt() {
    String machine = key(builder(), Machines.L4).machineDigest();
    assertThat(key(builder().optimizationLevel(1), Machines.L4).machineDigest()).isEqualTo(machine);
    assertThat(key(builder(), Machines.H100).machineDigest()).isNotEqualTo(machine);
  }

  /// Every setting that changes what is built changes the key, each in another way.
  @Test
  void changesWithEverySetting() throws IOException {
    Path plugin = Files.writeString(folder.resolve("libp.so"), "code");
    Path changed = Files.writeString(folder.resolve("libq.so"), "other code");
    Map<String, EngineKey> keys = new LinkedHashMap<>();
    keys.put("default", key(builder(), Machines.L4));
    keys.put("another model", key(EngineBuilder.of(Models.relu(5)), Machines.L4));
    keys.put("tf32", key(builder().precision(Precision.TF32), Machines.L4));
    keys.put("fp16", key(builder().precision(Precision.FP16), Machines.L4));
    keys.put("bf16", key(builder().precision(Precision.BF16), Machines.L4));
    keys.put("batch", key(builder().batch(1, 2, 3), Machines.L4));
    keys.put("opt", key(builder().batch(1, 1, 3), Machines.L4));
    keys.put(
        "profiles",
        key(
            builder()
                .batch(1, 2, 3)
                .anotherProfile()
                .profile("x", Shape.of(4, 4), Shape.of(8, 4), Shape.of(9, 4)),
            Machines.L4));
    keys.put("workspace", key(builder().workspaceBytes(1 << 20), Machines.L4));
    keys.put("tactics", key(builder().tacticMemoryBytes(1 << 20), Machines.L4));
    keys.put("level", key(builder().optimizationLevel(1), Machines.L4));
    keys.put("sources", key(builder().tacticSources(EnumSet.of(TacticSource.CUBLAS)), Machines.L4));
    keys.put(
        "other sources",
        key(
            builder().tacticSources(EnumSet.of(TacticSource.CUBLAS, TacticSource.CUDNN)),
            Machines.L4));
    keys.put("sparse", key(builder().sparseWeights(true), Machines.L4));
    keys.put("refit", key(builder().refittable(true), Machines.L4));
    keys.put("versions", key(builder().versionCompatible(true), Machines.L4));
    keys.put("ampere", key(builder().hardware(HardwareCompatibility.AMPERE_PLUS), Machines.L4));
    keys.put(
        "capability",
        key(builder().hardware(HardwareCompatibility.SAME_COMPUTE_CAPABILITY), Machines.L4));
    keys.put("plugin", key(builder().plugin(plugin), Machines.L4));
    keys.put("changed plugin", key(builder().plugin(changed), Machines.L4));
    keys.put("TensorRT", key(builder(), Machines.of("10.15.2.1", "NVIDIA L4", 8, 9)));
    keys.put("GPU", key(builder(), Machines.of("10.15.1.29", "NVIDIA L40S", 8, 9)));
    keys.put("sm", key(builder(), Machines.of("10.15.1.29", "NVIDIA L4", 9, 0)));
    keys.put(
        "CUDA driver",
        key(builder(), new Environment("10.15.1.29", "13.2", "13.1", Machines.L4.device())));
    keys.put(
        "CUDA runtime",
        key(builder(), new Environment("10.15.1.29", "13.1", "13.0", Machines.L4.device())));
    assertThat(keys.values().stream().map(EngineKey::digest)).doesNotHaveDuplicates();
  }

  @Test
  void isTheSameOnAnotherGpuWhereTheEngineFitsBoth() {
    EngineBuilder wide = builder().hardware(HardwareCompatibility.AMPERE_PLUS);
    assertThat(key(wide, Machines.L4)).isEqualTo(key(wide, Machines.H100));
    EngineBuilder same = builder().hardware(HardwareCompatibility.SAME_COMPUTE_CAPABILITY);
    assertThat(key(same, Machines.L4))
        .isEqualTo(key(same, Machines.of("10.15.1.29", "NVIDIA L40S", 8, 9)))
        .isNotEqualTo(key(same, Machines.H100));
  }

  @Test
  void tellsWhatDiffers() {
    EngineKey here = key(builder(), Machines.H100);
    EngineKey there = key(builder(), Machines.L4);
    assertThat(here.requestDigest()).isEqualTo(there.requestDigest());
    assertThat(here.differencesFrom(there))
        .containsExactly(
            "GPU was NVIDIA L4, is NVIDIA H100 80GB HBM3", "compute capability was 8.9, is 9.0");
    assertThat(here.differencesFrom(here)).isEmpty();
  }

  @Test
  void keepsApartWhatRunsTogether() {
    assertThat(new EngineKey(Map.of("a", "b1:c"), Map.of()).digest())
        .isNotEqualTo(new EngineKey(Map.of("ab", "1:c"), Map.of()).digest());
    assertThat(new EngineKey(Map.of("a", "b"), Map.of()).digest())
        .isNotEqualTo(new EngineKey(Map.of(), Map.of("a", "b")).digest());
  }

  private static EngineKey key(EngineBuilder builder, Environment environment) {
    return builder.key(builder.settings(), environment);
  }
}
