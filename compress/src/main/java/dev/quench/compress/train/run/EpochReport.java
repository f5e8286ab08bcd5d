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
/// @param seconds duration of the epoch
public record EpochReport(
    int epoch,
    double loss,
    double trainingAccuracy,
    OptionalDouble validationAccuracy,
    double seconds) {}
