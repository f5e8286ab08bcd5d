// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.report.StepPart;
import dev.quench.run.StagedSession;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.RunOptions;

/// An engine on the GPU, or its stand-in during a rehearsal.
interface BuiltEngine extends AutoCloseable {
  /// Opens a session; the caller closes it.
  StagedSession session(RunOptions options);

  default StagedSession session() {
    return session(RunOptions.DEFAULT);
  }

  /// Records the result of the build and the precision of each layer.
  void describe(StepPart part);

  /// The TensorRT engine.
  ///
  /// @throws dev.quench.trt.TensorRtException in a rehearsal, whose part ends here
  Engine engine();

  @Override
  void close();
}
