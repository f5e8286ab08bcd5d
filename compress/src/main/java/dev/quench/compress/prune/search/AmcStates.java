// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import dev.quench.compress.prune.LayerSize;
import java.util.List;

/// What the actor sees of a layer: (t, n, c, h, w, stride, k, FLOPs\[t\], reduced, rest, a\_{t−1}),
/// each column scaled to \[0, 1\] over the layers.
///
/// Source: He et al., AMC, ECCV 2018, equation 1.
final class AmcStates {
  static final int SIZE = 11;

  private static final int FIXED = 8;

  private final double[][] rows;
  private final double[] macs;
  private final double total;

  AmcStates(List<LayerSize> layers) {
    rows = new double[layers.size()][];
    macs = new double[layers.size()];
    double sum = 0;
    for (int i = 0; i < rows.length; i++) {
      LayerSize layer = layers.get(i);
      rows[i] =
          new double[] {
            i,
            layer.outputs(),
            layer.inputs(),
            layer.height(),
            layer.width(),
            layer.stride(),
            layer.kernel(),
            layer.macs()
          };
      macs[i] = layer.macs();
      sum += layer.macs();
    }
    total = Math.max(1, sum);
    for (int column = 0; column < FIXED; column++) {
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      for (double[] row : rows) {
        least = Math.min(least, row[column]);
        most = Math.max(most, row[column]);
      }
      for (double[] row : rows) {
        row[column] = most > least ? (row[column] - least) / (most - least) : 0;
      }
    }
  }

  /// @param kept shares of the layers before that stay
  /// @param layer whose width comes next
  float[] of(double[] kept, int layer) {
    float[] state = new float[SIZE];
    for (int column = 0; column < FIXED; column++) {
      state[column] = (float) rows[layer][column];
    }
    double reduced = 0;
    double rest = 0;
    for (int i = 0; i < macs.length; i++) {
      reduced += i < layer ? macs[i] * (1 - kept[i]) : 0;
      rest += i > layer ? macs[i] : 0;
    }
    state[FIXED] = (float) (reduced / total);
    state[FIXED + 1] = (float) (rest / total);
    state[FIXED + 2] = layer == 0 ? 1 : (float) kept[layer - 1];
    return state;
  }
}
