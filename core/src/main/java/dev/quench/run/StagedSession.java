// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.tensor.Tensor;
import java.util.Map;

/// A session that can time the parts of an inference.
public interface StagedSession extends Session {
  /// Runs one inference and waits for it; outputs reach the host and are dropped there.
  ///
  /// @throws IllegalArgumentException if a name, type or shape does not fit, saying what was
  ///   expected
  /// @throws dev.quench.run.BackendException if the backend fails
  StageTimes time(Map<String, Tensor> inputs);
}
