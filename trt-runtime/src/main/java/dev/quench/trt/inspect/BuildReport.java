// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import dev.quench.calibration.tensorrt.TensorRtCache;
import java.util.List;
import java.util.Optional;

/// The result of a build besides the engine.
///
/// @param seconds duration of the build
/// @param planBytes size of the engine
/// @param layers the layers that TensorRT made from the model, with the actual precision of each
/// @param warnings about data or settings that were left out, then TensorRT's
/// @param calibration the cache that TensorRT wrote when it calibrated with data
public record BuildReport(
    double seconds,
    long planBytes,
    EngineLayers layers,
    List<String> warnings,
    Optional<TensorRtCache> calibration) {
  public BuildReport {
    warnings = List.copyOf(warnings);
  }
}
