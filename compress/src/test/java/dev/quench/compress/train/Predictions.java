// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.Equivalence;
import dev.quench.graph.Model;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What ONNX Runtime, without graph optimization, predicts.
public final class Predictions {
  private Predictions() {}

  /// On how many samples it differs from `expected`.
  public static int differences(Model model, Dataset data, List<Integer> expected)
      throws IOException {
    List<Integer> actual = of(model, data);
    int differences = 0;
    for (int i = 0; i < actual.size(); i++) {
      differences += actual.get(i).equals(expected.get(i)) ? 0 : 1;
    }
    return differences;
  }

  private static List<Integer> of(Model model, Dataset data) throws IOException {
    List<Integer> predictions = new ArrayList<>();
    try (Session session =
            Equivalence.BACKEND.open(
                model, SessionOptions.DEFAULT.withThreads(1).withOptimization(false));
        Stream<Batch> batches = data.batches(100)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        float[] outputs = session.run(batch.inputs()).values().iterator().next().toFloats();
        int classes = outputs.length / batch.size();
        for (int i = 0; i < batch.size(); i++) {
          int best = 0;
          for (int c = 1; c < classes; c++) {
            best = outputs[i * classes + c] > outputs[i * classes + best] ? c : best;
          }
          predictions.add(best);
        }
      }
    }
    return predictions;
  }
}
