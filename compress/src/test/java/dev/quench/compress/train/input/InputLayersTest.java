// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.Trainer;
import dev.quench.compress.train.quantize.LowerQuantization;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the layers make of images, as ONNX Runtime computes it.
class InputLayersTest {
  private static final int SAMPLES = 400;
  private static final int SIDE = 4;
  private static final int SIZE = 2 * SIDE * SIDE;

  @ParameterizedTest
  @ValueSource(longs = {13, 17, 20})
  void globalContrastHasMeanZeroAndDeviationOne(long opset) throws IOException {
    float[] made = run(opset, InputStep.GCN);

    for (int image = 0; image < SAMPLES; image++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < SIZE; i++) {
        sum += made[image * SIZE + i];
        squares += (double) made[image * SIZE + i] * made[image * SIZE + i];
      }
      assertThat(sum / SIZE).isCloseTo(0, Offset.offset(1e-5));
      assertThat(squares / SIZE).isCloseTo(1, Offset.offset(1e-4));
    }
  }

  @Test
  void localContrastOfAConstantImageIsZero() throws IOException {
    Model model = network(17);
    float[] flat = new float[SIZE];
    Arrays.fill(flat, 3.5f);
    InputLayers.prepend(model, List.of(InputStep.LCN), images());

    Tensor input = Tensor.ofFloats(Shape.of(1, 2, SIDE, SIDE), flat);
    Tensor output = Equivalence.run(model, Map.of("x", input)).values().iterator().next();

    for (float value : output.toFloats()) {
      // The rounding of the mean, a few 1e-7, is divided by the least divisor, 1e-4.
      assertThat(value).isCloseTo(0, Offset.offset(0.02f));
    }
  }

  @Test
  void localContrastAgreesWithItsDefinition() throws IOException {
    float[] made = run(17, InputStep.LCN);

    double[] expected = localContrast(pixels(), 0);
    for (int i = 0; i < SIZE; i++) {
      assertThat((double) made[i]).isCloseTo(expected[i], Offset.offset(1e-4));
    }
  }

  @Test
  void whitenedPixelsAreUncorrelated() throws IOException {
    float[] made = run(17, InputStep.ZCA);

    double[][] covariance = covariance(made);
    double diagonal = 0;
    double others = 0;
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        if (i == j) {
          diagonal += covariance[i][j] / SIZE;
        } else {
          others = Math.max(others, Math.abs(covariance[i][j]));
        }
      }
    }
    assertThat(diagonal).isBetween(0.8, 1.0);
    assertThat(others).isLessThan(0.1);
    assertThat(largestCorrelation(covariance(pixels()))).as("before").isGreaterThan(0.5);
  }

  @Test
  void whiteningFitsWhatTheStepsBeforeMake() throws IOException {
    Model model = network(17);
    InputLayers.prepend(model, List.of(InputStep.GCN, InputStep.ZCA), images());

    float[] made = output(model);
    double mean = 0;
    for (float value : made) {
      mean += value / (double) made.length;
    }
    assertThat(mean).isCloseTo(0, Offset.offset(1e-4));
  }

  @Test
  void trainingLeavesTheLayersAsTheyWereFitted() throws IOException {
    Model model = classifier();
    InputLayers.prepend(model, List.of(InputStep.GCN, InputStep.LCN, InputStep.ZCA), images());

    Model trained =
        new Trainer(TrainingOptions.FLOAT.withEpochs(1).withBatchSize(50), TrainingListener.NONE)
            .train(model, images())
            .model();

    for (Value value : model.graph().initializers()) {
      float[] before = value.initializer().orElseThrow().toFloats();
      float[] after =
          trained.graph().value(value.name()).orElseThrow().initializer().orElseThrow().toFloats();
      if (value.name().startsWith("preprocess/")) {
        assertThat(after).as(value.name()).isEqualTo(before);
      } else {
        assertThat(after).as(value.name()).isNotEqualTo(before);
      }
    }
  }

  @Test
  void quantizersBehindTheLayersLearnTheirRanges() throws IOException {
    Model model = classifier();
    InputLayers.prepend(model, List.of(InputStep.GCN, InputStep.ZCA), images());
    QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8));

    Model trained =
        new Trainer(TrainingOptions.FLOAT.withEpochs(1).withBatchSize(50), TrainingListener.NONE)
            .train(model, images())
            .model();

    assertThat(new LowerQuantization().apply(trained)).isTrue();
    assertThat(
            trained.graph().nodes().stream()
                .filter(node -> node.name().startsWith("preprocess/layer"))
                .flatMap(node -> node.inputs().stream())
                .flatMap(input -> input.producer().stream()))
        .as("whitening stays float")
        .isNotEmpty()
        .noneMatch(node -> node.is("DequantizeLinear"));
  }

  /// Only the layers that were added are fixed, not others whose names begin alike.
  @Test
  void otherLayersOfSuchNamesAreTrained() throws IOException {
    GraphMaker f = new GraphMaker(17);
    Value x = f.input("x", Dim.of("N"), Dim.of(2), Dim.of(SIDE), Dim.of(SIDE));
    x = f.add("Conv", "preprocess/conv", x, f.weights("w", 4, 2, SIDE, SIDE));
    Model model = f.outputs(f.add("Flatten", "y", x)).model();
    float[] before = f.graph().value("w").orElseThrow().initializer().orElseThrow().toFloats();

    Model trained =
        new Trainer(TrainingOptions.FLOAT.withEpochs(1).withBatchSize(50), TrainingListener.NONE)
            .train(model, images())
            .model();

    assertThat(trained.graph().value("w").orElseThrow().initializer().orElseThrow().toFloats())
        .isNotEqualTo(before);
  }

  @Test
  void refusesWhatCannotBePreprocessed() throws IOException {
    Model twice = network(17);
    InputLayers.prepend(twice, List.of(InputStep.GCN), images());
    GraphMaker vectors = new GraphMaker(17);
    vectors.outputs(vectors.add("Relu", "y", vectors.input("x", 5, 7)));

    assertThatThrownBy(() -> InputLayers.prepend(twice, List.of(InputStep.GCN), images()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("has such layers already");
    assertThatThrownBy(() -> InputLayers.prepend(vectors.model(), List.of(InputStep.GCN), images()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("take images [N, C, H, W]");
    assertThatThrownBy(() -> Whitening.of(List.of(new float[4097], new float[4097])))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("at most 4096 values");
    assertThatThrownBy(() -> Whitening.of(List.of(new float[4], new float[4])))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("nothing to whiten");
  }

  private static float[] run(long opset, InputStep step) throws IOException {
    Model model = network(opset);
    InputLayers.prepend(model, List.of(step), images());
    return output(model);
  }

  private static float[] output(Model model) {
    Tensor input = Tensor.ofFloats(Shape.of(SAMPLES, 2, SIDE, SIDE), pixels());
    return Equivalence.run(model, Map.of("x", input)).values().iterator().next().toFloats();
  }

  /// Gives out what it gets.
  private static Model network(long opset) {
    GraphMaker f = new GraphMaker(opset);
    return f.outputs(f.add("Identity", "y", image(f))).model();
  }

  private static Model classifier() {
    GraphMaker f = new GraphMaker(17, 3);
    Value flat = f.add("Flatten", "flat", image(f));
    return f.outputs(f.add("MatMul", "y", flat, f.weights("w", SIZE, 3))).model();
  }

  private static Value image(GraphMaker f) {
    return f.input("x", Dim.of("N"), Dim.of(2), Dim.of(SIDE), Dim.of(SIDE));
  }

  private static Dataset images() {
    return TensorDataset.of(
        "images",
        Map.of("x", Tensor.ofFloats(Shape.of(SAMPLES, 2, SIDE, SIDE), pixels())),
        new Labels.Classes(IntStream.range(0, SAMPLES).mapToObj(i -> i % 3).toList()));
  }

  /// Neighbours are alike: noise on a level of the image and of the row.
  private static float[] pixels() {
    SplittableRandom random = new SplittableRandom(4);
    float[] pixels = new float[SAMPLES * SIZE];
    double level = 0;
    double row = 0;
    for (int i = 0; i < pixels.length; i++) {
      level = i % SIZE == 0 ? random.nextGaussian() : level;
      row = i % SIDE == 0 ? random.nextGaussian() : row;
      pixels[i] = (float) (1 + level + 0.5 * row + 0.5 * random.nextGaussian());
    }
    return pixels;
  }

  private static double[][] covariance(float[] values) {
    double[] mean = new double[SIZE];
    for (int i = 0; i < values.length; i++) {
      mean[i % SIZE] += values[i] / (double) SAMPLES;
    }
    double[][] covariance = new double[SIZE][SIZE];
    for (int image = 0; image < SAMPLES; image++) {
      for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
          covariance[i][j] +=
              (values[image * SIZE + i] - mean[i]) * (values[image * SIZE + j] - mean[j]) / SAMPLES;
        }
      }
    }
    return covariance;
  }

  private static double largestCorrelation(double[][] covariance) {
    double largest = 0;
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < i; j++) {
        double scale = Math.sqrt(covariance[i][i] * covariance[j][j]);
        largest = Math.max(largest, Math.abs(covariance[i][j]) / scale);
      }
    }
    return largest;
  }

  /// By sums over the pixels inside the image.
  private static double[] localContrast(float[] pixels, int image) {
    double[] centred = new double[SIZE];
    double[] deviation = new double[SIDE * SIDE];
    double total = 0;
    for (int at = 0; at < SIDE * SIDE; at++) {
      double mean = 0;
      for (int i = 0; i < SIZE; i++) {
        mean += weight(at, i) * pixels[image * SIZE + i];
      }
      centred[at] = pixels[image * SIZE + at] - mean;
      centred[SIDE * SIDE + at] = pixels[image * SIZE + SIDE * SIDE + at] - mean;
    }
    for (int at = 0; at < SIDE * SIDE; at++) {
      double variance = 0;
      for (int i = 0; i < SIZE; i++) {
        variance += weight(at, i) * centred[i] * centred[i];
      }
      deviation[at] = Math.sqrt(variance);
      total += deviation[at] / (SIDE * SIDE);
    }
    double[] result = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      result[i] = centred[i] / Math.max(deviation[i % (SIDE * SIDE)], total);
    }
    return result;
  }

  /// Of pixel i, in any channel, in the mean around a place; the weights of all pixels sum to 1.
  private static double weight(int at, int i) {
    double sum = 0;
    for (int j = 0; j < SIZE; j++) {
      sum += gaussian(at, j % (SIDE * SIDE));
    }
    return gaussian(at, i % (SIDE * SIDE)) / sum;
  }

  private static double gaussian(int a, int b) {
    int down = a / SIDE - b / SIDE;
    int right = a % SIDE - b % SIDE;
    boolean inside = Math.abs(down) <= 4 && Math.abs(right) <= 4;
    return inside ? Math.exp(-(down * down + right * right) / (2 * 1.591 * 1.591)) : 0;
  }
}
