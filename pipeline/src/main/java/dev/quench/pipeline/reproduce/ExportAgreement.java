// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.graph.Model;
import dev.quench.metric.classification.ClassPredictions;
import dev.quench.metric.classification.TopK;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What an exported model predicts, and on how many samples each backend differs from the trainer.
///
/// @param predictions by ONNX Runtime without graph optimization
/// @param differences number of samples by backend
record ExportAgreement(List<Integer> predictions, Map<String, Integer> differences) {
  private static final String REFERENCE = "onnxruntime";
  private static final int BATCH = 200;

  /// @param exported as read from its file
  /// @param trained predictions of the trainer's evaluation
  /// @param binary whether XNOR runs it too
  static ExportAgreement of(
      Model exported, Dataset test, List<Integer> trained, int threads, boolean binary)
      throws IOException {
    List<Integer> predictions = predictions(Backends.named(REFERENCE), exported, test, threads);
    Map<String, Integer> differences = new LinkedHashMap<>();
    differences.put(REFERENCE, differences(predictions, trained));
    if (binary) {
      Backend xnor = Backends.named("xnor");
      differences.put(
          xnor.name(), differences(predictions(xnor, exported, test, threads), trained));
    }
    return new ExportAgreement(predictions, differences);
  }

  private static int differences(List<Integer> predictions, List<Integer> trained) {
    int differences = 0;
    for (int i = 0; i < trained.size(); i++) {
      differences += predictions.get(i).equals(trained.get(i)) ? 0 : 1;
    }
    return differences;
  }

  /// The first of equal outputs counts, as in training.
  private static List<Integer> predictions(Backend backend, Model model, Dataset test, int threads)
      throws IOException {
    TopK.Predicting judged = new TopK(List.of(1)).begin(0);
    SessionOptions exact = SessionOptions.DEFAULT.withThreads(threads).withOptimization(false);
    try (Session session = backend.open(model, exact);
        Stream<Batch> batches = test.batches(BATCH)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        judged.add(batch, session.run(batch.inputs()));
      }
    }
    ClassPredictions predictions = judged.predictions();
    return IntStream.range(0, predictions.size()).mapToObj(predictions::predicted).toList();
  }
}
