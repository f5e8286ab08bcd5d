// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

/// Samples that are held back from training, to judge it by.
///
/// @param samples how many, chosen by the seed
/// @param keep which epoch's parameters are the result
public record Validation(int samples, Keep keep) {
  /// Nothing held back.
  public static final Validation NONE = new Validation(0, Keep.LAST);

  /// Which epoch's parameters and statistics a training results in.
  public enum Keep {
    /// Those of the epoch with the highest accuracy on the validation samples; of equal ones, with
    /// the lower loss on them, then the earlier.
    BEST,
    /// Those of the last epoch.
    LAST
  }

  public Validation {
    if (samples < 0) {
      throw new IllegalArgumentException("validation samples must be 0 or more, got " + samples);
    }
    if (samples == 0 && keep == Keep.BEST) {
      throw new IllegalArgumentException(
          "without validation samples no epoch can be called the best; hold some back");
    }
  }

  /// The best epoch by `samples`; for 0, the last epoch.
  public static Validation of(int samples) {
    return samples == 0 ? NONE : new Validation(samples, Keep.BEST);
  }
}
