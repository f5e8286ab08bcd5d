// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.eval.TensorComparison;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.Bar;
import dev.quench.gpu.report.StepPart;
import dev.quench.run.Session;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Compares the outputs of an engine with those of ONNX Runtime.
final class Agreement {
  /// Images per call.
  static final int BATCH = 200;

  /// Cosine similarity of INT8 outputs.
  static final Bar INT8_COSINE = Bar.atLeast(0.99);

  /// Cosine similarity of outputs in FP16 or higher precision.
  static final Bar FP16_COSINE = Bar.atLeast(0.9999);

  private static final Bar TOP1_POINTS = Bar.atMost(0.2);

  private Agreement() {}

  /// Compares the classifier on all test images that have references.
  ///
  /// @param reference the form of the model that ONNX Runtime ran
  static void ofClassifier(StepPart part, Session session, Variant reference, Bar cosine)
      throws IOException {
    PreparedFolder folder = PreparedFolder.current();
    Tensor expected = folder.outputs(Network.NIN, reference, Network.NIN.shapes().getFirst());
    long samples = expected.shape().size(0);
    Dataset test = folder.fashion(false).limit(samples);
    int width = Math.toIntExact(expected.shape().size(1));
    float[] logits = new float[Math.toIntExact(samples) * width];
    int[] labels = new int[Math.toIntExact(samples)];
    int at = 0;
    try (Stream<Batch> batches = test.batches(BATCH)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        float[] values = only(session.run(batch.inputs())).toFloats();
        System.arraycopy(values, 0, logits, at * width, values.length);
        List<Integer> classes = ((Labels.Classes) batch.labels()).indices();
        for (int i = 0; i < batch.size(); i++) {
          labels[at + i] = classes.get(i);
        }
        at += batch.size();
      }
    }
    double top1 = top1(logits, labels, width);
    double before = top1(expected.toFloats(), labels, width);
    part.put("samples", samples)
        .put("top1", top1)
        .put("top1OfOnnxRuntime", before)
        .put("top1PointsApart", 100 * Math.abs(top1 - before), TOP1_POINTS);
    compare(part, "", expected, Tensor.ofFloats(Shape.of(samples, width), logits), cosine);
  }

  /// @param label prefix of the figures' names; empty for a single comparison
  static void compare(StepPart part, String label, Tensor expected, Tensor actual, Bar cosine) {
    TensorComparison comparison = TensorComparison.of(expected, actual);
    part.put(label + "cosine", comparison.cosine(), cosine)
        .put(label + "sqnrDecibel", comparison.sqnrDecibel())
        .put(label + "maxAbsoluteError", comparison.maxAbsoluteError())
        .put(label + "top1Agreement", comparison.top1Agreement());
  }

  static Tensor only(Map<String, Tensor> outputs) {
    return outputs.values().iterator().next();
  }

  /// The first `count` training images of the classifier.
  static Map<String, Tensor> images(int count) throws IOException {
    try (Stream<Batch> batches = PreparedFolder.current().fashion(true).batches(count)) {
      return batches.findFirst().orElseThrow().inputs();
    }
  }

  static boolean equal(Tensor a, Tensor b) {
    return a.shape().equals(b.shape()) && Arrays.equals(a.toFloats(), b.toFloats());
  }

  private static double top1(float[] logits, int[] labels, int width) {
    int right = 0;
    for (int row = 0; row < labels.length; row++) {
      int best = 0;
      for (int i = 1; i < width; i++) {
        if (logits[row * width + i] > logits[row * width + best]) {
          best = i;
        }
      }
      right += best == labels[row] ? 1 : 0;
    }
    return right / (double) labels.length;
  }
}
