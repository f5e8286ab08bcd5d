// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

/// The data that a table was made from.
///
/// @param digest of the data and its preprocessing, as [dev.quench.data.Dataset#digest]
/// @param description for people
/// @param samples how many were used
/// @param random whether it was generated noise
public record CalibrationData(String digest, String description, long samples, boolean random) {
  public CalibrationData {
    if (samples < 1) {
      throw new IllegalArgumentException("samples must be 1 or more, got " + samples);
    }
  }
}
