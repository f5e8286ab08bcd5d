// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Parameters;
import java.util.List;

/// The parameters and statistics of the best epoch so far.
final class BestEpoch {
  private final Parameters parameters;
  private float[] values;
  private float[] statistics;

  /// Starts with the current parameters.
  BestEpoch(Parameters parameters) {
    this.parameters = parameters;
    this.values = NativeFloats.toArray(parameters.values());
    this.statistics = NativeFloats.toArray(parameters.statistics());
  }

  /// Copies the current parameters if the last epoch is the best.
  void offer(List<EpochReport> epochs) {
    if (number(epochs) == epochs.size()) {
      values = NativeFloats.toArray(parameters.values());
      statistics = NativeFloats.toArray(parameters.statistics());
    }
  }

  /// The best epoch, from 1.
  static int number(List<EpochReport> epochs) {
    int best = 1;
    for (int i = 2; i <= epochs.size(); i++) {
      best = epochs.get(i - 1).isBetterThan(epochs.get(best - 1)) ? i : best;
    }
    return best;
  }

  /// Makes the parameters of the best epoch the current ones.
  void apply() {
    NativeFloats.copy(values, parameters.values());
    NativeFloats.copy(statistics, parameters.statistics());
  }

  /// For a checkpoint.
  List<float[]> vectors() {
    return List.of(values, statistics);
  }

  /// From a checkpoint.
  void restore(float[] bestValues, float[] bestStatistics) {
    if (bestValues.length != values.length || bestStatistics.length != statistics.length) {
      throw Checkpoint.damaged();
    }
    values = bestValues;
    statistics = bestStatistics;
  }
}
