// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The classes that ONNX Runtime predicts without graph optimization; the first of equal outputs.
final class ExactPredictions {
  private static final int BATCH = 500;

  private ExactPredictions() {}

  static List<Integer> of(Model model, Dataset images) throws IOException {
    List<Integer> predictions = new ArrayList<>();
    SessionOptions exact = SessionOptions.DEFAULT.withOptimization(false);
    try (Session session = new OnnxRuntimeBackend().open(model, exact);
        Stream<Batch> batches = images.batches(BATCH)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        float[] logits = session.run(batch.inputs()).values().iterator().next().toFloats();
        int classes = logits.length / batch.size();
        for (int i = 0; i < batch.size(); i++) {
          int best = 0;
          for (int c = 1; c < classes; c++) {
            best = logits[i * classes + c] > logits[i * classes + best] ? c : best;
          }
          predictions.add(best);
        }
      }
    }
    return predictions;
  }
}
