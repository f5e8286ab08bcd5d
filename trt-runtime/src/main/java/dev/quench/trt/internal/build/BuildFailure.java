// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.CudaDriver;
import dev.quench.trt.internal.DriverState;
import dev.quench.trt.internal.ProcessLogger;
import dev.quench.trt.internal.TacticFailures;
import java.util.List;
import java.util.Optional;

/// Explains why TensorRT built no engine, from its log about kernels and facts about this machine.
final class BuildFailure {
  private BuildFailure() {}

  /// @param mark of [ProcessLogger#LOG] before the build
  static TensorRtException of(long mark) {
    List<String> log = ProcessLogger.LOG.since(mark);
    StringBuilder message = new StringBuilder("TensorRT: building the engine failed");
    TacticFailures.reason(log, ProcessLogger.LOG.tacticsSince(mark))
        .ifPresent(reason -> message.append(": ").append(reason));
    doubt()
        .ifPresent(doubt ->
            message.append("; ").append(doubt.reason()).append("; ").append(doubt.remedy()));
    return new TensorRtException(message.toString(), log);
  }

  private static Optional<BuilderResources.Doubt> doubt() {
    return TensorRtBindings.state() instanceof TensorRtBindings.Loaded(String version, String _)
            && CudaDriver.query() instanceof DriverState.Usable driver
        ? BuilderResources.find(version).doubt(driver.devices().getFirst(), driver.cudaVersion())
        : Optional.empty();
  }
}
