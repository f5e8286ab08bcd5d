// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.run.Progress;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// What takes part in a build without deciding what it gives.
///
/// @param progress told how far the build is
/// @param cancelled asked now and then whether to stop
/// @param calibration ranges for implicit INT8
/// @param timings where the times of kernels are kept from build to build
public record BuildHooks(
    Progress progress,
    BooleanSupplier cancelled,
    Optional<CalibrationFeed> calibration,
    Optional<TimingStore> timings) {
  /// Nothing of it.
  public static final BuildHooks NONE =
      new BuildHooks(Progress.NONE, () -> false, Optional.empty(), Optional.empty());
}
