// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import dev.quench.graph.Model;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// What a layer reads in the original, and at the same places after the layers before it were
/// pruned.
///
/// @param original the model before
/// @param pruned a model with a tensor of the same name and shape
record PairedRows(Backend backend, Model original, Model pruned, Consumer consumer) {
  /// Takes the rows of one sample or batch; they are closed when it returns.
  @FunctionalInterface
  interface Receiver {
    /// @param before `[places, rows of the consumer]`, DOUBLE
    /// @param after of the same shape
    void next(INDArray before, INDArray after);
  }

  /// Runs both models on all samples.
  ///
  /// @throws dev.quench.run.BackendException if the backend fails
  void read(List<Map<String, Tensor>> samples, Receiver receiver) {
    SessionOptions options = SessionOptions.DEFAULT.withTaps(Set.of(consumer.input()));
    InputRows before = new InputRows(consumer);
    InputRows after = new InputRows(consumer);
    double[][] rows = new double[2][];
    try (Session first = backend.open(original, options);
        Session second = backend.open(pruned, options)) {
      for (Map<String, Tensor> sample : samples) {
        first.observe(sample, (name, activation) -> rows[0] = before.next(activation));
        second.observe(sample, (name, activation) -> rows[1] = after.next(activation));
        try (INDArray original = matrix(rows[0]);
            INDArray pruned = matrix(rows[1])) {
          receiver.next(original, pruned);
        }
      }
    }
  }

  private INDArray matrix(double[] rows) {
    return Nd4j.createFromArray(rows).reshape(rows.length / consumer.rows(), consumer.rows());
  }
}
