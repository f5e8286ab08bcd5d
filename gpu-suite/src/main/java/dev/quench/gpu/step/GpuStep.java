// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.report.StepReport;

/// A group of related questions and the code that answers them on a GPU. Each step runs in a
/// process alone.
public interface GpuStep {
  /// Answers each question as a [StepReport#part].
  ///
  /// @throws Exception a failure that leaves all questions unanswered
  void run(StepReport report) throws Exception;
}
