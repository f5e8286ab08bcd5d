// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.graph.Model;
import dev.quench.metric.classification.ClassPredictions;
import dev.quench.metric.classification.TopK;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/// The classes that ONNX Runtime predicts without graph optimization; the first of equal outputs.
final class ExactPredictions {
  private static final int BATCH = 500;

  private ExactPredictions() {}

  static ClassPredictions of(Model model, Dataset images) throws IOException {
    TopK.Predicting judged = new TopK(List.of(1)).begin(0);
    SessionOptions exact = SessionOptions.DEFAULT.withOptimization(false);
    try (Session session = new OnnxRuntimeBackend().open(model, exact);
        Stream<Batch> batches = images.batches(BATCH)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        judged.add(batch, session.run(batch.inputs()));
      }
    }
    return judged.predictions();
  }
}
