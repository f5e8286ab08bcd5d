// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.export.opset.OpsetUpgrade;
import dev.quench.graph.Model;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.metric.classification.ClassPredictions;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What ONNX Runtime predicts on 10,000 images is what the trainer's evaluation predicts.
class TrainerAgreementTest {
  private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();
  private static final int BATCH = 250;

  /// Sums of ±1 do not depend on their order. Those of the float layer before them do, but both add
  /// in the same one. The float layer behind them may round differently; on no image does that
  /// change the class.
  @Test
  void binaryNetworkOnEveryImage() throws IOException {
    assertThat(differences(BundledFiles.model("vgg-w1a1-fashion-mnist.onnx"))).isZero();
  }

  /// A float sum before rounding to INT8 may fall to the other side of a half.
  @Test
  void int8NetworkOnAllButAThousandth() throws IOException {
    Model model = BundledFiles.model("nin-fashion-mnist.onnx");
    new RewritePipeline(List.of(new OpsetUpgrade(13))).apply(model);
    Fusion.standard(BACKEND).apply(model);
    CalibrationTable ranges =
        Calibrator.using(BACKEND)
            .method(RangeMethod.entropy())
            .batchSize(BATCH)
            .calibrate(
                model, QdqPlacement.tensors(model), BundledFiles.trainingImages().limit(500));
    new InsertQdq(ranges, QdqOptions.DEFAULT).apply(model);
    assertThat(differences(model)).isLessThanOrEqualTo(10);
  }

  private static int differences(Model model) throws IOException {
    Dataset images = BundledFiles.testImages();
    return differences(model, Evaluator.evaluate(model, images, 1));
  }

  /// On how many test images ONNX Runtime predicts another class.
  static int differences(Model model, Evaluation evaluation) throws IOException {
    ClassPredictions predictions = ExactPredictions.of(model, BundledFiles.testImages());
    assertThat(predictions.size()).isEqualTo(10_000);
    int differences = 0;
    for (int i = 0; i < predictions.size(); i++) {
      differences += predictions.predicted(i) == evaluation.predictions().get(i) ? 0 : 1;
    }
    return differences;
  }
}
