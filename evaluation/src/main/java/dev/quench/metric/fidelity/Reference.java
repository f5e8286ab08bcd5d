// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

import dev.quench.run.Session;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.util.Map;

/// The expected outputs without labels, for example those of the unquantized model.
@FunctionalInterface
public interface Reference {
  /// @return the expected outputs by name
  Map<String, Tensor> outputs(Batch batch);

  /// Runs a session on every batch.
  ///
  /// @param session borrowed; keep it open while the metric is in use
  static Reference running(Session session) {
    return batch -> session.run(batch.inputs());
  }
}
