// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TacticSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/// Settings of a build besides the model.
///
/// @param profiles for each optimization profile the ranges of the inputs with free dimensions, by
///   name; empty without free dimensions
/// @param sparseWeights whether kernels for 2:4 sparse weights may be chosen
/// @param plugins libraries whose plug-ins the model needs
public record BuildSettings(
    Arithmetic arithmetic,
    List<Map<String, ShapeRange>> profiles,
    Limits limits,
    Portability portability,
    boolean sparseWeights,
    List<Path> plugins) {
  /// The types in which layers run.
  ///
  /// @param stronglyTyped whether the model's types determine the precision; then all flags below
  ///   except `tf32` must be off
  /// @param tf32 whether FP32 arithmetic may use TF32
  /// @param fp16 whether layers may run in FP16
  /// @param bf16 whether layers may run in BF16
  /// @param int8 whether layers may run in INT8 with the ranges of a calibrator
  /// @param fp32Nodes names of nodes whose layers stay in FP32 regardless
  public record Arithmetic(
      boolean stronglyTyped,
      boolean tf32,
      boolean fp16,
      boolean bf16,
      boolean int8,
      Set<String> fp32Nodes) {
    public Arithmetic {
      if (stronglyTyped && (fp16 || bf16 || int8 || !fp32Nodes.isEmpty())) {
        throw new IllegalArgumentException("a strongly typed network takes no precision flags");
      }
      fp32Nodes = Collections.unmodifiableSet(new LinkedHashSet<>(fp32Nodes));
    }
  }

  /// Resources of a build.
  ///
  /// @param workspaceBytes scratch memory of a layer; empty for all memory of the device
  /// @param tacticMemoryBytes device memory for timing kernels; empty for TensorRT's default
  /// @param optimizationLevel 0 to 5; empty for TensorRT's default
  /// @param tacticSources additional sources of kernels
  public record Limits(
      OptionalLong workspaceBytes,
      OptionalLong tacticMemoryBytes,
      OptionalInt optimizationLevel,
      Set<TacticSource> tacticSources) {
    public Limits {
      tacticSources = Collections.unmodifiableSet(new TreeSet<>(tacticSources));
    }
  }

  /// Where the engine can be used, and whether it can be refitted.
  ///
  /// @param refittable whether weights can be exchanged later
  /// @param versionCompatible whether newer releases of the same major version of TensorRT load it
  /// @param hardware which GPUs load it
  public record Portability(
      boolean refittable, boolean versionCompatible, HardwareCompatibility hardware) {}

  public BuildSettings {
    List<Map<String, ShapeRange>> copies = new ArrayList<>();
    profiles.forEach(p -> copies.add(Collections.unmodifiableMap(new LinkedHashMap<>(p))));
    profiles = List.copyOf(copies);
    plugins = List.copyOf(plugins);
  }
}
