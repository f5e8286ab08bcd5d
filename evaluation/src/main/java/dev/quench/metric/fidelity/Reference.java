// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

import dev.quench.run.Session;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.util.Map;

/// What outputs should be, where there are no labels: those of the unquantized model, say.
@FunctionalInterface
public interface Reference {
  /// @return the expected outputs by name
  Map<String, Tensor> outputs(Batch batch);

  /// Runs a session on every batch.
  ///
  /// @param session borrowed; open for as long as the metric is used
  static Reference running(Session session) {
    return batch -> session.run(batch.inputs());
  }
}
