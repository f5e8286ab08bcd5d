// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Lowers the nodes of [TrainingOps] to plain ONNX.
///
/// 1. `Binarize(W)` → an initializer of exactly −1 and +1 (and 0), and one of the scale if it is
///    read.
/// 2. `Sign(x)` → `Where(GreaterOrEqual(x, 0), +1, −1)`.
/// 3. `ShiftBatchNormalization(x, γ, β, μ, s)` → `Add(Mul(Sub(x, μ), AP2(γ) · AP2(s)), β)`.
///
/// Means, thresholds (0.7 times the mean of |w| of a ternary filter) and scales are computed in
/// double and rounded to float, as in training. A filter of zeros becomes +1 in a binary layer and
/// 0 with scale 0 in a ternary one. Immutable.
public final class LowerBinary implements Rewrite {
  private static final double TERNARY_THRESHOLD = 0.7;

  @Override
  public String name() {
    return "lower-binary";
  }

  @Override
  public boolean apply(Model model) {
    Graph graph = model.graph();
    boolean lowered = false;
    for (Node node : List.copyOf(graph.nodes())) {
      lowered |= lowered(graph, node);
    }
    if (lowered
        && graph.nodes().stream().noneMatch(node -> node.domain().equals(TrainingOps.DOMAIN))) {
      Map<String, Long> plain = new LinkedHashMap<>(graph.opsets().versions());
      plain.remove(TrainingOps.DOMAIN);
      graph.setOpsets(new OpsetImports(plain));
    }
    return lowered;
  }

  private static boolean lowered(Graph graph, Node node) {
    if (TrainingOps.isBinarize(node)) {
      lower(graph, node);
    } else if (TrainingOps.isSign(node)) {
      Value output = node.output(0);
      Value sign =
          SignPattern.insertBefore(graph, node, graph.uniqueName(output.name()), node.input(0));
      graph.adoptOutput(sign.producer().orElseThrow(), 0, output);
      graph.remove(node);
    } else if (TrainingOps.isShiftNormalization(node)) {
      ShiftNormalization.lower(graph, node);
    } else {
      return false;
    }
    return true;
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
    FilterLayout layout = FilterLayout.of(binarize);
    int[] order = layout.order(weights.shape());
    float[] stored = weights.toFloats();
    float[] quantized = new float[stored.length];
    for (int i = 0; i < quantized.length; i++) {
      quantized[i] = stored[order[i]];
    }
    int filters = layout.filters(weights.shape());
    int length = quantized.length / filters;
    if (TrainingOps.isCentred(binarize)) {
      centre(quantized, length, layout.inputs(weights.shape()));
    }
    float[] scales = new float[filters];
    for (int f = 0; f < filters; f++) {
      scales[f] = quantize(quantized, f * length, length, ternary);
    }
    for (int i = 0; i < quantized.length; i++) {
      stored[order[i]] = quantized[i];
    }
    replace(graph, binarize, 0, Tensor.ofFloats(weights.shape(), stored));
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

  /// Subtracts from each weight the mean over the inputs of its filter at its place in the kernel,
  /// and clips to [−1, 1], in place.
  ///
  /// @param weights `[filters, inputs, kernel]`, `length` of them in a filter
  private static void centre(float[] weights, int length, int inputs) {
    if (inputs == 1) {
      return; // nothing would be left
    }
    int kernel = length / inputs;
    for (int filter = 0; filter < weights.length; filter += length) {
      for (int k = 0; k < kernel; k++) {
        double sum = 0;
        for (int i = filter + k; i < filter + length; i += kernel) {
          sum += weights[i];
        }
        float mean = (float) (sum / inputs);
        for (int i = filter + k; i < filter + length; i += kernel) {
          weights[i] = Math.clamp(weights[i] - mean, -1f, 1f);
        }
      }
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
