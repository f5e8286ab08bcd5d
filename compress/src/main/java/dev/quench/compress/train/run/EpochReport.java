// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import java.util.OptionalDouble;

/// The results of one epoch.
///
/// @param epoch from 1
/// @param loss mean over the steps of the epoch
/// @param trainingAccuracy share of the augmented training samples that were classified correctly,
///   in `[0, 1]`
/// @param validationAccuracy accuracy after the epoch on the validation samples, in `[0, 1]`; empty
///   without any
/// @param validationLoss loss of the first output after the epoch on the validation samples
/// @param learningRate of the last step
/// @param weights after the epoch
/// @param seconds duration of the epoch
public record EpochReport(
    int epoch,
    double loss,
    double trainingAccuracy,
    OptionalDouble validationAccuracy,
    OptionalDouble validationLoss,
    double learningRate,
    WeightProfile weights,
    double seconds) {
  /// Whether this epoch's network is better than that of an earlier one: more accurate on the
  /// validation samples, or as accurate with a lower loss on them.
  boolean isBetterThan(EpochReport earlier) {
    int compared =
        Double.compare(validationAccuracy.orElse(0), earlier.validationAccuracy().orElse(0));
    return compared > 0
        || (compared == 0 && validationLoss.orElse(0) < earlier.validationLoss().orElse(0));
  }
}
