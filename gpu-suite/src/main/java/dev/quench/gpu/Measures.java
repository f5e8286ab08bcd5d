// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.data.Batch;
import dev.quench.data.Dataset;
import dev.quench.data.Labels;
import dev.quench.eval.TensorComparison;
import dev.quench.run.Session;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What the steps measure.
final class Measures {
  private Measures() {}

  /// Logits of every sample, and how many of them are right.
  record Classified(Tensor logits, double top1) {}

  static Classified classify(Session session, Dataset data, int batchSize) throws IOException {
    List<float[]> parts = new ArrayList<>();
    long right = 0;
    long total = 0;
    try (Stream<Batch> batches = data.batches(batchSize)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        float[] logits = session.run(batch.inputs()).values().iterator().next().toFloats();
        parts.add(logits);
        List<Integer> classes = ((Labels.Classes) batch.labels()).indices();
        int width = logits.length / batch.size();
        for (int i = 0; i < batch.size(); i++) {
          right += best(logits, i * width, width) == classes.get(i) ? 1 : 0;
        }
        total += batch.size();
      }
    }
    int width = parts.getFirst().length / Math.toIntExact(Math.min(batchSize, total));
    float[] all = new float[Math.toIntExact(total * width)];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return new Classified(Tensor.ofFloats(Shape.of(total, width), all), right / (double) total);
  }

  static void compare(ObjectNode into, Tensor expected, Tensor actual) {
    TensorComparison comparison = TensorComparison.of(expected, actual);
    into.put("cosine", comparison.cosine());
    into.put("sqnrDecibel", comparison.sqnrDecibel());
    into.put("maxAbsoluteError", comparison.maxAbsoluteError());
    into.put("top1Agreement", comparison.top1Agreement());
  }

  static Tensor only(Map<String, Tensor> outputs) {
    return outputs.values().iterator().next();
  }

  private static int best(float[] values, int from, int width) {
    int best = 0;
    for (int i = 1; i < width; i++) {
      if (values[from + i] > values[from + best]) {
        best = i;
      }
    }
    return best;
  }
}
