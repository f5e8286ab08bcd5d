// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.HistogramFile;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.onnx.OnnxReader;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A trained network of 1x28x28 images and noise for it.
final class SmallNetwork {
  static final int SAMPLES = 48;
  static final int PIXELS = 28 * 28;

  private SmallNetwork() {}

  static Model model() throws IOException {
    return OnnxReader.read(Path.of("../export/src/test/resources/nin-fashion-mnist.onnx"));
  }

  static String input(Model model) {
    return model.graph().requiredInputs().getFirst().name();
  }

  /// The input and the outputs of all convolutions.
  static Set<String> tensors(Model model) {
    Set<String> names = new LinkedHashSet<>();
    names.add(input(model));
    for (Node node : model.graph().nodes()) {
      if (node.opType().equals("Conv")) {
        names.add(node.outputs().getFirst().name());
      }
    }
    return names;
  }

  static float[] pixels(int sample) {
    SplittableRandom random = new SplittableRandom(sample);
    float[] pixels = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      pixels[i] = (float) random.nextGaussian() * (1 + sample % 7);
    }
    return pixels;
  }

  static int label(int sample) {
    return sample % 10;
  }

  /// The samples of some numbers, in that order.
  static Dataset data(String input, List<Integer> numbers) {
    float[] all = new float[numbers.size() * PIXELS];
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < numbers.size(); i++) {
      System.arraycopy(pixels(numbers.get(i)), 0, all, i * PIXELS, PIXELS);
      labels.add(label(numbers.get(i)));
    }
    return TensorDataset.of(
        "noise",
        Map.of(input, Tensor.ofFloats(Shape.of(numbers.size(), 1, 28, 28), all)),
        new Labels.Classes(labels));
  }

  static List<Integer> numbers() {
    return IntStream.range(0, SAMPLES).boxed().toList();
  }

  static CalibrationTable single(Model model, Dataset data) throws IOException {
    return Calibrator.using(new OnnxRuntimeBackend()).calibrate(model, tensors(model), data);
  }

  /// All that a table holds.
  static List<Object> bytes(CalibrationTable table) {
    return List.of(table.toJson(), ByteBuffer.wrap(HistogramFile.encode(table.histograms())));
  }
}
