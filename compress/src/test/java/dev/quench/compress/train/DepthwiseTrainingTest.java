// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.TrainingFixtures.bars;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.zoo.Architecture;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// MobileNet-v2: depthwise convolutions, ReLU6 as Clip, residual sums.
class DepthwiseTrainingTest {
  private static Model network() {
    return Architecture.MOBILENET_V2.build(TrainingFixtures.small());
  }

  @Test
  void evaluatesWhatOnnxRuntimeComputes() throws IOException {
    Dataset data = bars(200, 4);
    Evaluation evaluation = Evaluator.evaluate(network(), data, 1);

    assertThat(Predictions.differences(network(), data, evaluation.predictions())).isZero();
  }

  @Test
  void learns() throws IOException {
    TrainingResult result =
        new Trainer(TrainingFixtures.options(3), TrainingListener.NONE)
            .train(network(), bars(320, 3));

    assertThat(result.epochs().getLast().loss()).isLessThan(result.epochs().getFirst().loss() / 2);
  }
}
