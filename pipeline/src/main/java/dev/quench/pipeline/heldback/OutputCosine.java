// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.heldback;

import dev.quench.eval.TensorComparison;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How near the outputs of a quantized model come to the float model's: the cosine of floating
/// ones, the share of equal elements of others.
public final class OutputCosine {
  private static final double WORST = -1;

  private OutputCosine() {}

  /// The worst of all outputs of one sample; −1 for an output of another shape, or one that is
  /// missing or not a number.
  public static double worst(Map<String, Tensor> expected, Map<String, Tensor> actual) {
    double worst = 1;
    for (Map.Entry<String, Tensor> output : expected.entrySet()) {
      worst = Math.min(worst, of(output.getValue(), actual.get(output.getKey())));
    }
    return worst;
  }

  private static double of(Tensor expected, @Nullable Tensor actual) {
    if (actual == null || !actual.shape().equals(expected.shape())) {
      return WORST;
    }
    if (expected.dataType().isFloating()) {
      double cosine = TensorComparison.of(expected, actual).cosine();
      return Double.isNaN(cosine) ? WORST : cosine;
    }
    if (expected.contentEquals(actual)) {
      return 1;
    }
    double[] e = expected.toDoubles();
    double[] a = actual.toDoubles();
    long equal = IntStream.range(0, e.length).filter(i -> e[i] == a[i]).count();
    return equal / (double) e.length;
  }
}
