// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

/// Scales the learning rate of the [Optimizer] over time. All schedules rise linearly from 0 over
/// the first `warmUp` steps, or over the first tenth of all steps if that is shorter.
public sealed interface Schedule {
  /// Number of steps of linear rise at the start.
  int warmUp();

  /// A factor of 1 after the warm-up.
  record Constant(int warmUp) implements Schedule {}

  /// ½ (1 + cos(π · t)) for t from 0 to 1: ends at 0. Source: Loshchilov and Hutter, SGDR, ICLR
  /// 2017, eq. 5 with one period.
  record Cosine(int warmUp) implements Schedule {}

  /// Multiplies the factor by `factor` after each share `every` of all steps.
  ///
  /// @param every share of all steps, in (0, 1]
  /// @param factor in (0, 1]
  record Step(int warmUp, double every, double factor) implements Schedule {
    public Step {
      if (!(every > 0 && every <= 1) || !(factor > 0 && factor <= 1)) {
        throw new IllegalArgumentException(
            "a step schedule needs every and factor in (0, 1], got %s and %s"
                .formatted(every, factor));
      }
    }
  }

  /// The factor for one step.
  ///
  /// @param step from 0
  /// @param steps total number
  default double factor(long step, long steps) {
    long rising = Math.min(warmUp(), steps / 10);
    if (step < rising) {
      return (step + 1.0) / rising;
    }
    double time = (double) (step - rising) / Math.max(1, steps - rising);
    return switch (this) {
      case Constant _ -> 1;
      case Cosine _ -> 0.5 * (1 + Math.cos(Math.PI * time));
      case Step(int _, double every, double factor) ->
          Math.pow(factor, Math.floor((double) step / steps / every));
    };
  }
}
