// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import dev.quench.run.dataset.Sampling;
import java.util.Optional;

/// The data that a table was made from.
///
/// @param digest of all the data and their preprocessing, as
///   [dev.quench.run.dataset.Dataset#digest]
/// @param description for people to read
/// @param used which samples of the data set
/// @param random whether it was generated noise
/// @param sampling how the data set was sampled from a larger one; empty for a whole data set, and
///   for the first samples
public record CalibrationData(
    String digest,
    String description,
    SampleSpans used,
    boolean random,
    Optional<Sampling> sampling) {
  /// A data set of which all samples were used.
  ///
  /// @param samples how many it has, 1 or more
  public CalibrationData(String digest, String description, long samples, boolean random) {
    this(digest, description, SampleSpans.all(samples), random, Optional.empty());
  }

  /// How many samples were used.
  public long samples() {
    return used.samples();
  }
}
