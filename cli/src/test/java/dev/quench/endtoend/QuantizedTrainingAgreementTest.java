// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.PostTrainingQuantization;
import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.quantize.FreezeQuantization;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.graph.Model;
import dev.quench.pipeline.quantize.TrainingForm;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// The bundled network, quantized in training: ONNX Runtime predicts on 10,000 images what the
/// trainer's evaluation predicted, but for a thousandth, and little is lost against float.
class QuantizedTrainingAgreementTest {
  private static final int CALIBRATED_ON = 8;
  private static final int BATCH = 64;

  @Test
  void calibratedAndFineTunedWithFrozenRanges() throws IOException {
    Model model = BundledFiles.model("nin-fashion-mnist.onnx");
    TrainingForm.prepare(
        model,
        QuantizedTraining.of(
            TrainingScheme.iao(8, 8).withNormalization(Normalization.FUSED).withTensorRt(true)),
        false);
    Dataset training = BundledFiles.trainingImages().limit(CALIBRATED_ON * BATCH);

    Model calibrated = PostTrainingQuantization.calibrate(model, training, CALIBRATED_ON, BATCH, 1);
    new FreezeQuantization().apply(calibrated);
    Model tuned =
        new Trainer(
                TrainingOptions.QUANTIZED.withEpochs(1).withBatchSize(BATCH), TrainingListener.NONE)
            .train(calibrated, training)
            .model();

    Evaluation seen = Evaluator.evaluate(tuned, BundledFiles.testImages(), 1);
    TrainedModel.lower(tuned);
    assertThat(TrainerAgreementTest.differences(tuned, seen)).isLessThanOrEqualTo(10);
    assertThat(seen.accuracy()).isGreaterThan(0.92);
  }
}
