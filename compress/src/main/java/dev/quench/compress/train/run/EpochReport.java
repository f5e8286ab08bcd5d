// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import java.util.OptionalDouble;

/// How one epoch went.
///
/// @param epoch from 1
/// @param loss mean over the steps of the epoch
/// @param trainingAccuracy share of the shown, augmented samples that were right, in `[0, 1]`
/// @param validationAccuracy of the network after the epoch on the samples held back, if there are
///   any
/// @param seconds that the epoch took
public record EpochReport(
    int epoch,
    double loss,
    double trainingAccuracy,
    OptionalDouble validationAccuracy,
    double seconds) {}
