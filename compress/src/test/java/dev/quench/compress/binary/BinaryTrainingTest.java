// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.Predictions;
import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Trains small networks of each kind; ONNX Runtime must see exactly what the trainer evaluates.
class BinaryTrainingTest {
  private static final int SIDE = 16;

  @ParameterizedTest(name = "{0} weights {1}, binary activations {2}")
  @CsvSource({
    "VGG_SMALL,BINARY,true",
    "VGG_SMALL,TERNARY,true",
    "VGG_SMALL,BINARY,false",
    "VGG_SMALL,FLOAT,true",
    "NIN,TERNARY,false",
    "NIN,BINARY,true",
    "NIN_GC,BINARY,true",
    "LENET,BINARY,true",
    "RESNET20,BINARY,true",
    "BINARYNET_MLP,BINARY,true",
    "BINARYNET_CONV,TERNARY,true",
  })
  void exportsWhatItEvaluates(Architecture architecture, WeightBits bits, boolean signs)
      throws IOException {
    Model model = architecture.build(options(architecture, bits, signs));
    Model trained =
        new Trainer(TrainingOptions.BINARY.withEpochs(2).withBatchSize(40), TrainingListener.NONE)
            .train(model, stripes(240, 1))
            .model();
    TrainedModel.lower(trained);

    Dataset test = stripes(200, 2);
    Evaluation evaluation = Evaluator.evaluate(trained, test, 1);
    assertThat(Predictions.differences(trained, test, evaluation.predictions())).isZero();
    assertThat(evaluation.accuracy()).isGreaterThan(0.5);
    assertThat(trained.graph().nodes()).noneMatch(TrainingOps::isBinarize);
    assertThat(trained.opsets().versions()).containsOnlyKeys("");
    assertLevels(trained, bits);
  }

  private static void assertLevels(Model model, WeightBits bits) {
    List<Node> layers =
        model.graph().nodes().stream().filter(node -> node.is("Conv") || node.is("Gemm")).toList();
    for (int i = 0; i < layers.size(); i++) {
      TreeSet<Float> levels = new TreeSet<>();
      for (float weight : layers.get(i).input(1).constant().orElseThrow().toFloats()) {
        levels.add(weight == 0 ? 0f : weight);
      }
      boolean inner = i > 0 && i < layers.size() - 1;
      if (inner && bits == WeightBits.BINARY) {
        assertThat(levels).containsExactly(-1f, 1f);
      } else if (inner && bits == WeightBits.TERNARY) {
        assertThat(levels).containsExactly(-1f, 0f, 1f);
      } else {
        assertThat(levels).hasSizeGreaterThan(3);
      }
    }
  }

  private static NetworkOptions options(Architecture architecture, WeightBits bits, boolean signs) {
    double width =
        switch (architecture) {
          case NIN_GC -> 0.125;
          case RESNET18, RESNET20 -> 0.5;
          case BINARYNET_MLP -> 0.0625;
          case BINARYNET_CONV -> 0.0625;
          case LENET, NIN, VGG_SMALL, MOBILENET_V2 -> 0.25;
          case RESNET50, CSP_DETECTOR -> 0.0625;
          case VGG16, DENSENET40, SHUFFLENET_V2, EFFICIENTNET_B0, VIT_SMALL -> 0.0625;
        };
    return NetworkOptions.MNIST
        .withClasses(3)
        .withInput(1, SIDE, SIDE)
        .withWidthMultiplier(width)
        .withWeights(bits)
        .withBinaryActivations(signs);
  }

  /// Each class is a pattern of stripes in noise.
  private static Dataset stripes(int samples, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] pixels = new float[samples * SIDE * SIDE];
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < samples; i++) {
      int label = random.nextInt(3);
      labels.add(label);
      for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
          int phase = label == 0 ? row : label == 1 ? column : row + column;
          pixels[(i * SIDE + row) * SIDE + column] =
              (float) ((phase / 3 % 2 == 0 ? 1 : -1) + 0.7 * random.nextGaussian());
        }
      }
    }
    return TensorDataset.of(
        "stripes",
        Map.of("image", Tensor.ofFloats(Shape.of(samples, 1, SIDE, SIDE), pixels)),
        new Labels.Classes(labels));
  }
}
