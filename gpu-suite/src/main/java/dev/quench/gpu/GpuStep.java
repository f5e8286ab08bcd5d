// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// One question and the code that answers it on a GPU.
interface GpuStep {
  /// Most valuable first.
  List<GpuStep> ALL =
      List.of(
          new BuildStep(),
          new TaggedTestsStep(),
          new AgreementStep(),
          new CalibrationStep(),
          new Int8LatencyStep(),
          new OverheadStep(),
          new LeakStep());

  /// The result goes to `gpu-NAME.json`.
  String name();

  /// After this it is stopped.
  int limitSeconds();

  /// Answers the question.
  ///
  /// @param result filled as answers come in
  /// @param flush writes what is there; to be called after each part, since a step may be cut off
  /// @throws Exception what goes wrong, recorded as the step's failure
  void run(ObjectNode result, Runnable flush) throws Exception;
}
