// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.report.StepReport;

/// Questions that belong together, and the code that answers them on a GPU. Has its process for
/// itself.
public interface GpuStep {
  /// Answers the questions, each as a [StepReport#part].
  ///
  /// @throws Exception what keeps all of them from being answered
  void run(StepReport report) throws Exception;
}
