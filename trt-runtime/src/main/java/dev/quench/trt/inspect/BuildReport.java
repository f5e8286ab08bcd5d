// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import dev.quench.calibration.tensorrt.TensorRtCache;
import java.util.List;
import java.util.Optional;

/// What came of a build besides the engine.
///
/// @param seconds it took
/// @param planBytes size of the engine
/// @param layers what TensorRT made of the model, with the precision that each layer really got
/// @param warnings of what took no part in the build, then TensorRT's
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
