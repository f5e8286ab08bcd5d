// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.report.StepPart;
import dev.quench.run.StagedSession;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.RunOptions;

/// An engine on the GPU, or what stands in for it in a rehearsal.
interface BuiltEngine extends AutoCloseable {
  /// Opens a session, which is the caller's to close.
  StagedSession session(RunOptions options);

  default StagedSession session() {
    return session(RunOptions.DEFAULT);
  }

  /// Writes down how the build went and which precision each layer got.
  void describe(StepPart part);

  /// The engine itself.
  ///
  /// @throws dev.quench.trt.TensorRtException in a rehearsal, which this ends
  Engine engine();

  @Override
  void close();
}
