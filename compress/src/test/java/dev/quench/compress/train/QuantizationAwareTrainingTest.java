// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.Equivalence;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class QuantizationAwareTrainingTest {
  private static final Dataset TRAINING = TrainingFixtures.bars(640, 1);
  private static final Dataset TEST = TrainingFixtures.bars(1000, 2);

  @Test
  void fineTunesTheVeryNetworkThatOnnxRuntimeRuns() throws IOException {
    Model trained =
        new Trainer(TrainingFixtures.options(2), TrainingListener.NONE)
            .train(TrainingFixtures.network(), TRAINING)
            .model();
    Fusion.standard(Equivalence.BACKEND).apply(trained);
    Map<String, Double> amax = ranges(trained);

    QuantizationAwareTraining.prepare(
        trained,
        name -> amax.containsKey(name) ? OptionalDouble.of(amax.get(name)) : OptionalDouble.empty(),
        QdqOptions.DEFAULT.withSmallLayers(true));
    Model tuned =
        new Trainer(TrainingOptions.QUANTIZED.withBatchSize(32), TrainingListener.NONE)
            .train(trained, TRAINING)
            .model();
    assertThat(TrainingFixtures.weights(tuned)).isNotEqualTo(TrainingFixtures.weights(trained));
    TrainedModel.lower(tuned);

    assertThat(tuned.graph().nodes().stream().filter(node -> node.is("Conv")))
        .allSatisfy(conv -> assertThat(weightType(conv)).isEqualTo(DataType.INT8));
    Evaluation evaluation = Evaluator.evaluate(tuned, TEST, 1);
    assertThat(evaluation.accuracy()).isGreaterThan(0.95);
    assertThat(Predictions.differences(tuned, TEST, evaluation.predictions()))
        .isLessThanOrEqualTo(1);
  }

  private static DataType weightType(Node conv) {
    Node dequantize = conv.input(1).producer().orElseThrow();
    return dequantize.input(0).constant().orElseThrow().dataType();
  }

  private static Map<String, Double> ranges(Model model) throws IOException {
    Set<String> tensors = QdqPlacement.tensors(model, QdqOptions.DEFAULT.withSmallLayers(true));
    Map<String, Double> amax = new HashMap<>();
    try (Session session =
            Equivalence.BACKEND.open(model, SessionOptions.DEFAULT.withTaps(tensors));
        Stream<Batch> batches = TRAINING.limit(64).batches(64)) {
      batches.forEach(batch ->
          session.observe(
              batch.inputs(), (name, tensor) -> amax.merge(name, largest(tensor), Math::max)));
    }
    return amax;
  }

  private static double largest(Tensor tensor) {
    double largest = 0;
    for (float value : tensor.toFloats()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
