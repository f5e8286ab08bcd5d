// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.method;

/// Scales as TensorRT's calibrators compute them for a tensor that is not clipped.
///
/// Source: inferred from the first lines of public caches (images in `[0, 255]`: `4000890a`, in
/// `[0, 1]`: `3c010a14`). The scales of Quench are `threshold / 127`.
public final class TensorRtScale {
  /// A threshold that clips nothing, in units of the largest magnitude.
  public static final double UNCLIPPED = (TensorRtBins.BINS + 0.5) / TensorRtBins.BINS;

  private TensorRtScale() {}

  /// The scale from the entropy calibrator when it keeps all 2048 bins: the threshold lies half a
  /// bin above the largest magnitude.
  ///
  /// @param amax the largest magnitude
  /// @return computed in double, rounded once
  public static float entropyUnclipped(double amax) {
    return (float) (amax * UNCLIPPED / QuantizationNoise.LEVELS);
  }

  /// The scale from the min-max calibrator.
  ///
  /// @param amax the largest magnitude
  /// @return computed in double, rounded once
  public static float minMax(double amax) {
    return (float) (amax / QuantizationNoise.LEVELS);
  }
}
