// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import java.util.List;

/// What a build gave.
///
/// @param plan to be closed by the owner
/// @param log what TensorRT warned of meanwhile
public record NativeBuild(NativePlan plan, List<String> log) implements AutoCloseable {
  public NativeBuild {
    log = List.copyOf(log);
  }

  @Override
  public void close() {
    plan.close();
  }
}
