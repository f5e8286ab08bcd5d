// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Small images that can be learned: each class is a bright bar at a place of its own, in noise.
final class TrainingFixtures {
  static final int CLASSES = 4;
  static final int SIDE = 12;

  private TrainingFixtures() {}

  static Dataset bars(int samples, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] pixels = new float[samples * SIDE * SIDE];
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < samples; i++) {
      int label = random.nextInt(CLASSES);
      labels.add(label);
      for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
          int along = label < 2 ? row : column;
          boolean bright = along / 4 == (label % 2) * 2;
          pixels[(i * SIDE + row) * SIDE + column] =
              (float) ((bright ? 1 : -1) + random.nextGaussian());
        }
      }
    }
    return TensorDataset.of(
        "bars",
        Map.of("image", Tensor.ofFloats(Shape.of(samples, 1, SIDE, SIDE), pixels)),
        new Labels.Classes(labels));
  }

  static NetworkOptions small() {
    return NetworkOptions.MNIST
        .withClasses(CLASSES)
        .withInput(1, SIDE, SIDE)
        .withWidthMultiplier(0.125);
  }

  static Model network() {
    return Architecture.VGG_SMALL.build(small());
  }

  static TrainingOptions options(int epochs) {
    return TrainingOptions.FLOAT.withEpochs(epochs).withBatchSize(32);
  }

  /// All weights and statistics, in a fixed order.
  static List<Float> weights(Model model) {
    return model.graph().initializers().stream()
        .map(value -> value.initializer().orElseThrow())
        .filter(tensor -> tensor.dataType().isFloating())
        .flatMap(tensor -> boxed(tensor.toFloats()).stream())
        .toList();
  }

  private static List<Float> boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return Arrays.asList(boxed);
  }
}
