// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import java.util.List;

/// The result of a build.
///
/// @param plan to be closed by the owner
/// @param log TensorRT's warnings during the build
public record NativeBuild(NativePlan plan, List<String> log) implements AutoCloseable {
  public NativeBuild {
    log = List.copyOf(log);
  }

  @Override
  public void close() {
    plan.close();
  }
}
