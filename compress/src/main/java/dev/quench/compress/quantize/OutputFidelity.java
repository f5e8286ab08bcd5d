// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.run.Deviation;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// How near the floating-point outputs of a model are to those of another: the worst over all
/// outputs and samples.
///
/// @param cosine see [Deviation#cosine]; 0 where they cannot be compared
/// @param sqnrDecibels see [Deviation#sqnrDecibel]
public record OutputFidelity(double cosine, double sqnrDecibels) {
  /// Equal outputs.
  static final OutputFidelity EXACT = new OutputFidelity(1, Double.POSITIVE_INFINITY);

  private static final OutputFidelity NONE = new OutputFidelity(0, Double.NEGATIVE_INFINITY);

  /// @param expected for each sample the outputs by name; `actual` likewise
  public static OutputFidelity of(
      List<Map<String, Tensor>> expected, List<Map<String, Tensor>> actual) {
    OutputFidelity worst = EXACT;
    for (int i = 0; i < expected.size(); i++) {
      for (Map.Entry<String, Tensor> output : expected.get(i).entrySet()) {
        if (output.getValue().dataType().isFloating()) {
          Tensor other = actual.get(i).get(output.getKey());
          worst = worst.orWorse(other == null ? NONE : of(output.getValue(), other));
        }
      }
    }
    return worst;
  }

  private OutputFidelity orWorse(OutputFidelity other) {
    return new OutputFidelity(
        Math.min(cosine, other.cosine), Math.min(sqnrDecibels, other.sqnrDecibels));
  }

  private static OutputFidelity of(Tensor expected, Tensor actual) {
    if (!expected.shape().equals(actual.shape())) {
      return NONE;
    }
    Deviation deviation = new Deviation();
    for (long i = 0; i < expected.elements(); i++) {
      deviation.add(expected.doubleAt(i), actual.doubleAt(i));
    }
    return new OutputFidelity(deviation.cosine(), deviation.sqnrDecibel());
  }
}
