// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.fidelity;

import java.util.stream.IntStream;

/// Spearman's rank correlation. Stateless, thread-safe.
final class RankCorrelation {
  private RankCorrelation() {}

  /// The correlation of both ranks; equal values share the mean of their ranks. 1 if both are
  /// constant, 0 if only one is.
  static double spearman(double[] one, double[] other) {
    return correlation(ranks(one), ranks(other));
  }

  private static double[] ranks(double[] values) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted((a, b) -> Double.compare(values[a], values[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[values.length];
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      to = Math.max(to, from + 1); // NaN equals nothing
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to - 1) / 2.0;
      }
      from = to;
    }
    return ranks;
  }

  private static double correlation(double[] one, double[] other) {
    double mean = (one.length - 1) / 2.0;
    double both = 0;
    double ofOne = 0;
    double ofOther = 0;
    for (int i = 0; i < one.length; i++) {
      both += (one[i] - mean) * (other[i] - mean);
      ofOne += (one[i] - mean) * (one[i] - mean);
      ofOther += (other[i] - mean) * (other[i] - mean);
    }
    if (ofOne == 0 || ofOther == 0) {
      return ofOne == ofOther ? 1 : 0;
    }
    return both / Math.sqrt(ofOne * ofOther);
  }
}
