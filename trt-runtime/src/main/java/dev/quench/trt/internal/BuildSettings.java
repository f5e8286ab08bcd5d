// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.trt.ShapeRange;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// What the builder is told besides the model.
///
/// @param stronglyTyped whether the model's own types rule; `fp16` and `bf16` must be false then
/// @param tf32 whether FP32 arithmetic may use TF32
/// @param fp16 whether layers may run in FP16
/// @param bf16 whether layers may run in BF16
/// @param profile ranges of the inputs with free dimensions, by name
/// @param workspaceBytes limit of scratch memory; empty for all that the device has
/// @param optimizationLevel 0 to 5; empty for TensorRT's default
public record BuildSettings(
    boolean stronglyTyped,
    boolean tf32,
    boolean fp16,
    boolean bf16,
    Map<String, ShapeRange> profile,
    OptionalLong workspaceBytes,
    OptionalInt optimizationLevel) {
  public BuildSettings {
    if (stronglyTyped && (fp16 || bf16)) {
      throw new IllegalArgumentException("a strongly typed network takes no precision flags");
    }
    profile = Collections.unmodifiableMap(new LinkedHashMap<>(profile));
  }
}
