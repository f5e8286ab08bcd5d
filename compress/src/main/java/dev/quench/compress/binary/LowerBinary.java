// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Lowers the nodes of [BinarizeWeights] to plain ONNX: `Binarize(W)` → an initializer of exactly
/// −1 and +1 (and 0), and an initializer of the scale if it is read.
///
/// The threshold of ternary weights, 0.7 times the mean of |w| of a filter, is computed in double
/// and compared as float. A filter of zeros becomes +1 in a binary layer and 0 with scale 0 in a
/// ternary one. Immutable.
public final class LowerBinary implements Rewrite {
  private static final double TERNARY_THRESHOLD = 0.7;

  @Override
  public String name() {
    return "lower-binary";
  }

  @Override
  public boolean apply(Model model) {
    Graph graph = model.graph();
    List<Node> binarizers = graph.nodes().stream().filter(TrainingOps::isBinarize).toList();
    for (Node binarize : binarizers) {
      lower(graph, binarize);
    }
    if (!binarizers.isEmpty()) {
      Map<String, Long> plain = new LinkedHashMap<>(graph.opsets().versions());
      plain.remove(TrainingOps.DOMAIN);
      graph.setOpsets(new OpsetImports(plain));
    }
    return !binarizers.isEmpty();
  }

  private static void lower(Graph graph, Node binarize) {
    Value latent = binarize.input(0);
    Tensor weights =
        latent
            .initializer()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    binarize.describe()
                        + ": its latent weights are computed, expected an initializer"));
    boolean ternary = TrainingOps.isTernary(binarize);
    float[] quantized = weights.toFloats();
    int filters = Math.toIntExact(weights.shape().size(0));
    int length = quantized.length / filters;
    float[] scales = new float[filters];
    for (int f = 0; f < filters; f++) {
      scales[f] = quantize(quantized, f * length, length, ternary);
    }
    replace(graph, binarize, 0, Tensor.ofFloats(weights.shape(), quantized));
    if (binarize.output(1).isPresent()) {
      long[] sizes = new long[weights.shape().rank() - 1];
      Arrays.fill(sizes, 1);
      sizes[0] = filters;
      replace(graph, binarize, 1, Tensor.ofFloats(Shape.of(sizes), scales));
    }
    graph.remove(binarize);
    if (latent.isUnused()) {
      graph.removeInitializer(latent);
    }
  }

  private static void replace(Graph graph, Node binarize, int output, Tensor constant) {
    Value from = binarize.output(output);
    graph.replaceUses(from, graph.addConstant(from.name() + ".constant", constant));
  }

  /// Quantizes one filter in place.
  ///
  /// @return its scale
  private static float quantize(float[] weights, int start, int length, boolean ternary) {
    double sum = 0;
    for (int i = start; i < start + length; i++) {
      sum += Math.abs(weights[i]);
    }
    float threshold = ternary ? (float) (sum / length * TERNARY_THRESHOLD) : -1;
    double kept = 0;
    int count = 0;
    for (int i = start; i < start + length; i++) {
      float magnitude = Math.abs(weights[i]);
      if (magnitude > threshold) {
        kept += magnitude;
        count++;
        weights[i] = weights[i] >= 0 ? 1 : -1;
      } else {
        weights[i] = 0;
      }
    }
    return count == 0 ? 0 : (float) (kept / count);
  }
}
