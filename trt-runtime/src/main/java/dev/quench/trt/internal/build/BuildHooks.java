// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.run.Progress;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Hooks of a build that do not affect its result, and its calibration data.
///
/// @param progress receives the progress of the build
/// @param cancelled polled regularly; true stops the build
/// @param calibration ranges for implicit INT8
/// @param timings storage of kernel times between builds
public record BuildHooks(
    Progress progress,
    BooleanSupplier cancelled,
    Optional<CalibrationFeed> calibration,
    Optional<TimingStore> timings) {
  /// No hooks.
  public static final BuildHooks NONE =
      new BuildHooks(Progress.NONE, () -> false, Optional.empty(), Optional.empty());
}
