// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.TacticSource;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.build.BuildSettings;
import dev.quench.trt.internal.build.RequiredLibrary;
import java.util.Set;

/// Refuses combinations of settings that TensorRT cannot build.
final class SettingsRules {
  private SettingsRules() {}

  /// @throws IllegalArgumentException naming the settings that exclude each other
  static void require(BuildSettings settings) {
    int profiles = settings.profiles().size();
    BuildSettings.Portability portability = settings.portability();
    if (profiles > 1 && portability.refittable()) {
      throw new IllegalArgumentException(
          "a refittable engine takes one optimization profile, got %d; leave out the others or refit"
              .formatted(profiles));
    }
    Set<TacticSource> tacticSources = settings.limits().tacticSources();
    if ((portability.versionCompatible()
            || portability.hardware() != HardwareCompatibility.SAME_GPU)
        && tacticSources.stream().anyMatch(TacticSource::isExternal)) {
      throw new IllegalArgumentException(
          "an engine for other GPUs or versions takes no kernels of cuBLAS, cuBLASLt and cuDNN, got tactic sources "
              + tacticSources);
    }
  }

  /// @throws TensorRtException if the settings need TensorRT's lean runtime and it is not installed
  static void requireLibraries(BuildSettings settings) {
    if (settings.portability().versionCompatible()
        && RequiredLibrary.LEAN_RUNTIME.locate().isEmpty()) {
      throw new TensorRtException(
          "a version-compatible engine needs %s, which is not found; %s"
              .formatted(
                  RequiredLibrary.LEAN_RUNTIME.soname(), RequiredLibrary.LEAN_RUNTIME.remedy()));
    }
  }
}
