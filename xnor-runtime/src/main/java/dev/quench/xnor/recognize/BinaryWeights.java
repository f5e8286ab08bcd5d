// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.pattern.Match;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.HashSet;
import java.util.Set;

/// Reads weights that are exactly −1, 0 or 1.
final class BinaryWeights {
  private BinaryWeights() {}

  /// The weights in tensor order, each −1, 0 or 1.
  static Match<byte[]> of(Tensor weights) {
    if (weights.dataType() != DataType.FLOAT) {
      return Match.refused("its weights are %s, expected FLOAT".formatted(weights.dataType()));
    }
    float[] values = weights.toFloats();
    byte[] exact = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      if (values[i] != 1 && values[i] != -1 && values[i] != 0) {
        return refused(values, values[i]);
      }
      exact[i] = (byte) values[i];
    }
    return Match.found(exact);
  }

  private static Match<byte[]> refused(float[] values, float example) {
    Set<Float> magnitudes = new HashSet<>();
    for (float value : values) {
      magnitudes.add(Math.abs(value));
      if (magnitudes.size() > 4096) {
        break;
      }
    }
    boolean scaled = magnitudes.size() < values.length / 8;
    return Match.refused(
        "its weights are not exactly -1, 0 or 1: "
            + example
            + (scaled
                ? "; if they are scaled, move the scale into the BatchNormalization or Mul that follows"
                : ""));
  }
}
