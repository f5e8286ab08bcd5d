// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.BinaryScale;
import dev.quench.compress.binary.ChooseSigns;
import dev.quench.compress.binary.ShiftNormalization;
import dev.quench.compress.binary.SignGradient;
import dev.quench.compress.binary.WeightScheme;
import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.XnorBackend;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Binary networks trained by every scheme: what training evaluates, ONNX Runtime predicts from the
/// exported file, image by image, and XNOR gives its outputs to the bit.
class TrainedBinaryNetworkTest {
  private static final SessionOptions EXACT = SessionOptions.DEFAULT.withOptimization(false);
  private static final int BATCH = 100;

  private enum Scheme {
    XNOR_NET(WeightScheme.BINARY.withScale(BinaryScale.ALWAYS).withCentred(true), true, 4),
    BINARY_WEIGHTS(WeightScheme.BINARY.withScale(BinaryScale.ALWAYS).withCentred(true), false, 0),
    TERNARY(WeightScheme.TERNARY.withScale(BinaryScale.ALWAYS), true, 4),
    BINARY_NET(WeightScheme.BINARY.withScale(BinaryScale.NEVER).withStochastic(true), true, 4),
    BI_REAL(WeightScheme.BINARY, true, 4),
    BOP(WeightScheme.BINARY, true, 4);

    private final WeightScheme weights;
    private final boolean signs;
    private final int layers;

    Scheme(WeightScheme weights, boolean signs, int layers) {
      this.weights = weights;
      this.signs = signs;
      this.layers = layers;
    }

    private Model network() {
      Model model =
          Architecture.VGG_SMALL.build(
              NetworkOptions.MNIST.withWidthMultiplier(0.125).withBinaryActivations(signs));
      new BinarizeWeights(weights).apply(model);
      switch (this) {
        case BINARY_NET -> {
          new ChooseSigns(SignGradient.CLIPPED, true).apply(model);
          new ShiftNormalization().apply(model);
        }
        case BI_REAL -> new ChooseSigns(SignGradient.POLYNOMIAL, false).apply(model);
        default -> {
          // as they are
        }
      }
      return model;
    }

    private Optimizer optimizer() {
      return switch (this) {
        case BINARY_NET -> new Optimizer.GlorotScaled(Optimizer.shiftAdaMax(0x1p-9));
        case BOP -> Optimizer.bop(0.01);
        default -> Optimizer.adam(0.01);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void isExportedAsWhatItsTrainingEvaluates(Scheme scheme) throws IOException {
    TrainingOptions options =
        TrainingOptions.BINARY.withEpochs(1).withBatchSize(32).withOptimizer(scheme.optimizer());
    Dataset images = BundledFiles.trainingImages();
    Model trained =
        new Trainer(options, TrainingListener.NONE)
            .train(scheme.network(), images.sample(640, 1))
            .model();
    Dataset test = BundledFiles.testImages().sample(500, 1);
    Evaluation evaluated = Evaluator.evaluate(trained, test, 1);
    TrainedModel.lower(trained);

    XnorBackend xnor = new XnorBackend();
    assertThat(xnor.plan(trained).binary()).hasSize(scheme.layers);
    int image = 0;
    try (Session expected = new OnnxRuntimeBackend().open(trained, EXACT);
        Session actual = xnor.open(trained, EXACT);
        Stream<Batch> batches = test.batches(BATCH)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        Tensor logits = expected.run(batch.inputs()).get("logits");
        assertThat(actual.run(batch.inputs()).get("logits").contentEquals(logits)).isTrue();
        List<Integer> wanted = evaluated.predictions().subList(image, image + batch.size());
        assertThat(predictions(logits.toFloats(), batch.size())).isEqualTo(wanted);
        image += batch.size();
      }
    }
    assertThat(image).isEqualTo(500);
    assertThat(Evaluator.evaluate(trained, test, 1)).isEqualTo(evaluated);
  }

  private static List<Integer> predictions(float[] logits, int images) {
    int classes = logits.length / images;
    return Stream.iterate(0, image -> image < images, image -> image + 1)
        .map(image -> {
          int best = 0;
          for (int c = 1; c < classes; c++) {
            best = logits[image * classes + c] > logits[image * classes + best] ? c : best;
          }
          return best;
        })
        .toList();
  }
}
