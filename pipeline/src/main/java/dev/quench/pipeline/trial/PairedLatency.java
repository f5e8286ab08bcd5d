// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.trial;

import dev.quench.run.Session;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Latencies of two sessions that ran in turn, so that what else the machine does strikes both
/// alike.
///
/// @param floatMillis median of the float model
/// @param millis median of the variant
/// @param ratio median of the variant's time against that of the float model just before it; less
///   is faster
public record PairedLatency(double floatMillis, double millis, double ratio) {
  private static final int FEWEST_RUNS = 15;
  private static final int MOST_RUNS = 1000;
  private static final int WARM_UP_RUNS = 5;

  /// Runs both on the samples, one after the other.
  ///
  /// @param samples at least one
  /// @param budgetMillis how long both run together, about
  public static PairedLatency measure(
      Session exact, Session variant, List<Batch> samples, double budgetMillis) {
    for (int i = 0; i < WARM_UP_RUNS; i++) {
      millis(exact, samples, i);
      millis(variant, samples, i);
    }
    double once = millis(exact, samples, 0) + millis(variant, samples, 0);
    int runs = (int) Math.clamp(budgetMillis / once, FEWEST_RUNS, MOST_RUNS);
    double[] floats = new double[runs];
    double[] variants = new double[runs];
    double[] ratios = new double[runs];
    for (int i = 0; i < runs; i++) {
      floats[i] = millis(exact, samples, i);
      variants[i] = millis(variant, samples, i);
      ratios[i] = variants[i] / floats[i];
    }
    return new PairedLatency(median(floats), median(variants), median(ratios));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double millis(Session session, List<Batch> samples, int index) {
    Map<String, Tensor> sample = samples.get(index % samples.size()).inputs();
    long start = System.nanoTime();
    session.run(sample);
    return (System.nanoTime() - start) / 1e6;
  }
}
